-- purpose Writes the rows of a part for QuestDB, in the order in which they are. QuestDB merges sorted rows much
--         faster.
-- grain   One row of the archive.
-- writes  the file
-- takes   :file; {rows}, the relation to write
-- trap    Ids and prices have many different values, and looking for a dictionary of them takes most of the time. So
--         the size of a dictionary is limited.
-- note    `reason` and `remarked` are for our own use.
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
    bid,
    ask,
    bid_size,
    ask_size,
    volume_24h,
    high_24h,
    low_24h,
    seq,
    make_timestamp(received_at) AS received_at,
    reason,
    remarked
  FROM {rows}
) TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
