-- Writes a draft again in order of time. For the DuckDB of an import. Parameters: :draft, :file.
COPY (SELECT * FROM read_parquet(:draft) ORDER BY ts)
TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
