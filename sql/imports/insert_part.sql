-- purpose Takes a part of an import into ticks.
-- grain   One tick.
-- writes  ticks
-- takes   :file, in the import folder of the server; :venue, :source
INSERT INTO ticks (
  ts, venue, symbol, source, kind, event_id, price, size, side,
  bid, ask, bid_size, ask_size, volume_24h, high_24h, low_24h, seq, received_at
)
SELECT
  ts, :venue, symbol, :source, kind, event_id, price, size, side,
  bid, ask, bid_size, ask_size, volume_24h, high_24h, low_24h, seq, received_at
FROM read_parquet(:file)
