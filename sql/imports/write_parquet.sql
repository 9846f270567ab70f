-- Writes the rows of a part for QuestDB, in the order in which they are: sorted rows are merged much faster. For DuckDB.
-- Parameters: :file; {rows}, the relation. Ids and prices are many, and looking for a dictionary of them takes most of the
-- time. `reason` and `remarked` are for ourselves.
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
    make_timestamp(received_at) AS received_at,
    reason,
    remarked
  FROM {rows}
) TO :file (FORMAT parquet, COMPRESSION 'uncompressed', DICTIONARY_SIZE_LIMIT 1000)
