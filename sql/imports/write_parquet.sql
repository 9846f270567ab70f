-- Writes the sound rows of a part for QuestDB, in order of time: sorted rows are merged much faster. For DuckDB.
-- Parameters: :file.
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
    make_timestamp(received_at) AS received_at
  FROM part
  WHERE reason IS NULL
  ORDER BY ts
) TO :file (FORMAT parquet, COMPRESSION 'uncompressed', ROW_GROUP_SIZE 1000000)
