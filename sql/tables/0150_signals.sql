-- One prediction of one model for one bar.
-- Grain: bar, symbol, model and horizon; `ts` is the bar's open time. `prediction` is in the model's own unit: direction
-- 0 or 1, price a log return, momentum class 0 to 2, volatility a deviation of one-bar log returns, risk a percentile.
-- `gated` with its `reason` means: not to be acted upon.
CREATE TABLE IF NOT EXISTS signals (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  timeframe SYMBOL,
  model SYMBOL,
  horizon INT,
  run_id VARCHAR,
  prediction DOUBLE,
  probability DOUBLE,
  shown VARCHAR,
  close DOUBLE,
  vector_digest VARCHAR,
  age_seconds DOUBLE,
  gated BOOLEAN,
  reason VARCHAR,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol, timeframe, model, horizon)
