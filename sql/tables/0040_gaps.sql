-- The ledger of what was not seen: one row per event of one gap, never changed.
-- `ts` is when the event happened on the market's clock; the gap itself reaches from `since` to `until` (null: still open).
-- `event`: opened, bounded (the feed is back, `until` is known), healed. `level`: trades or candles.
-- State of a gap: LATEST ON ts PARTITION BY gap_id.
CREATE TABLE IF NOT EXISTS gaps (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  gap_id VARCHAR,
  event SYMBOL,
  level SYMBOL,
  since TIMESTAMP,
  until TIMESTAMP,
  cause SYMBOL,
  how VARCHAR
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, gap_id, event)
