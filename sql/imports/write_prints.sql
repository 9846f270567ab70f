-- Writes the rows of a part that has nothing of the book, as write_parquet.sql does. For DuckDB.
-- Parameters: :file; {rows}, the relation.
COPY (
  SELECT
    make_timestamp(ts) AS ts,
    symbol,
    kind,
    event_id,
    price,
    size,
    side,
    make_timestamp(received_at) AS received_at,
    reason,
    remarked
  FROM {rows}
) TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
