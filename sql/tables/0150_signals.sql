-- purpose Holds the predictions of models.
-- grain   One prediction of one model for one bar of one symbol, and one horizon. `ts` is the open time of the bar.
-- note    `prediction` is in the unit of the model: 0 or 1 for direction, a log return for price, a class 0 to 2 for
--         momentum, a deviation of one-bar log returns for volatility, a percentile for risk. A signal that is `gated`,
--         with its `reason`, is not to be acted upon.
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
