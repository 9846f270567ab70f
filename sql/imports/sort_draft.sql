-- purpose Writes a draft again in the order of time.
-- grain   One row of the archive.
-- writes  the file
-- takes   :draft, the file to read; :file, the file to write
-- engine  DuckDB
COPY (SELECT * FROM read_parquet(:draft) ORDER BY ts, seq)
TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
