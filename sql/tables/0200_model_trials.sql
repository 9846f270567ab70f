-- purpose Holds what a search for parameters tried: each configuration on the inner folds of one training part.
-- grain   One trial of one search on one training part.
-- note    `fold` is the outer fold whose training part it is, or -1 for the whole window. `loss` and `baseline` are
--         means over the inner test rows, all of which lie in that training part. `chosen` marks the trial of lowest
--         loss once the search is complete.
CREATE TABLE IF NOT EXISTS model_trials (
  ts TIMESTAMP,
  search_id VARCHAR,
  model SYMBOL,
  timeframe SYMBOL,
  venue SYMBOL,
  engine SYMBOL,
  fold LONG,
  trial LONG,
  parameters VARCHAR,
  loss DOUBLE,
  baseline DOUBLE,
  seconds DOUBLE,
  chosen BOOLEAN,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, search_id, fold, trial)
