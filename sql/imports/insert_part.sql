-- Takes a part of an import into ticks. Parameters: :file, in the server's import folder; :venue; :source.
INSERT INTO ticks (
  ts, venue, symbol, source, kind, event_id, price, size, side,
  bid, ask, bid_size, ask_size, volume_24h, high_24h, low_24h, received_at
)
SELECT
  ts, :venue, symbol, :source, kind, event_id, price, size, side,
  bid, ask, bid_size, ask_size, volume_24h, high_24h, low_24h, received_at
FROM read_parquet(:file)
