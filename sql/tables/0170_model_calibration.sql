-- purpose Holds the calibration of the out-of-fold predictions of a run, which are sorted by what was predicted and cut
--         into buckets of equal size.
-- grain   One bucket of one class (of `value` for a regression) of one candidate engine of one run.
-- note    In a well calibrated model `observed`, the mean outcome, is near `predicted`, the mean prediction.
CREATE TABLE IF NOT EXISTS model_calibration (
  ts TIMESTAMP,
  run_id VARCHAR,
  model SYMBOL,
  timeframe SYMBOL,
  engine SYMBOL,
  class SYMBOL,
  bucket INT,
  predicted DOUBLE,
  observed DOUBLE,
  rows LONG,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, run_id, engine, class, bucket)
