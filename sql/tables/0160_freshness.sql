-- How old the newest data of each symbol was, minute by minute.
-- Grain: one measurement of one symbol of one venue. `ts` and the ages are on the market's clock: the wall's for a live
-- market, that of its newest event for a replayed or simulated one. `lag_ms` is the mean of received_at less event time
-- over the last minute of ticks (null where there were none); a sender's clock that runs ahead makes it negative.
CREATE TABLE IF NOT EXISTS freshness (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  newest_tick TIMESTAMP,
  newest_candle TIMESTAMP,
  tick_age_seconds DOUBLE,
  candle_age_seconds DOUBLE,
  lag_ms DOUBLE,
  stale BOOLEAN,
  measured_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
