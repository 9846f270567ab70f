-- purpose Writes the rows of a part that has no columns of the order book, as write_parquet.sql does for the others.
-- grain   One row of the archive.
-- writes  the file
-- takes   :file; {rows}, the relation to write
-- engine  DuckDB
COPY (
  SELECT
    make_timestamp(ts) AS ts,
    symbol,
    kind,
    event_id,
    price,
    size,
    side,
    seq,
    make_timestamp(received_at) AS received_at,
    reason,
    remarked
  FROM {rows}
) TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
