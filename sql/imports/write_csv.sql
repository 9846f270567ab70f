-- purpose Writes the sound rows of a part as CSV, for a QuestDB whose files are out of reach.
-- grain   One tick.
-- writes  the file
-- takes   :file; :venue and :source, those of all rows
-- engine  DuckDB
COPY (
  SELECT
    strftime(make_timestamp(ts), '%Y-%m-%dT%H:%M:%S.%fZ') AS ts,
    :venue AS venue,
    symbol,
    :source AS source,
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
    strftime(make_timestamp(received_at), '%Y-%m-%dT%H:%M:%S.%fZ') AS received_at
  FROM part
  WHERE reason IS NULL AND fate <> 'duplicate'
  ORDER BY part.ts, seq
) TO :file (FORMAT csv, HEADER)
