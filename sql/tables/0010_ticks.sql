-- purpose Holds every trade print and every quote (ticker) update, as received.
-- grain   One event. Its key is the own id of the venue (event_id) beside time and symbol, because many events share
--         one millisecond.
-- trap    Never UPDATE and never DROP PARTITION: both invalidate materialized views. Retention is by TTL.
-- note    `ts` is the event time of the venue, `received_at` when we read the event. Sizes are in base coin. Absent
--         measures are null.
CREATE TABLE IF NOT EXISTS ticks (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  source SYMBOL,
  kind SYMBOL,
  event_id VARCHAR,
  price DOUBLE,
  size DOUBLE,
  side SYMBOL,
  bid DOUBLE,
  ask DOUBLE,
  bid_size DOUBLE,
  ask_size DOUBLE,
  volume_24h DOUBLE,
  high_24h DOUBLE,
  low_24h DOUBLE,
  received_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol, kind, event_id)
