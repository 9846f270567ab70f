-- purpose Holds how old the newest data of each symbol was, minute by minute.
-- grain   One measurement of one symbol of one venue.
-- note    `ts` and the ages are on the clock of the market: the wall clock for a live market, the time of the newest
--         event for a replayed or simulated one. `lag_ms` is the mean of received_at less event time over the last
--         minute of ticks, and null where there were none. The clock of a sender that runs ahead makes it negative.
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
