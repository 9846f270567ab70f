-- Validation figures: one metric of one fold of one run, beside the same metric of the naive baseline.
-- `fold` -1 is all folds pooled, where skill and p-value stand. `symbol` and `regime` null mean all of them.
-- `engine` names the candidate measured; the run's own engine is the winner. Append-only.
CREATE TABLE IF NOT EXISTS model_metrics (
  ts TIMESTAMP,
  run_id VARCHAR,
  model SYMBOL,
  timeframe SYMBOL,
  engine SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  regime SYMBOL,
  fold INT,
  split SYMBOL,
  metric SYMBOL,
  value DOUBLE,
  baseline DOUBLE,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, run_id, engine, symbol, regime, fold, split, metric)
