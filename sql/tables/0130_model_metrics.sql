-- purpose Holds validation figures, each beside the same metric of the naive baseline. Rows are only ever added.
-- grain   One metric of one fold of one run.
-- note    `fold` -1 is all folds pooled, where skill and p-value stand. `symbol` and `regime` are null where all of
--         them are meant. `engine` names the candidate that was measured; the engine of the run itself is that of the
--         winner.
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
