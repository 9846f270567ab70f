-- purpose Holds decisions on champions. Its rows are never changed.
-- grain   One decision. The champion of a model, timeframe and regime is its latest row, and a rollback is one more
--         row.
CREATE TABLE IF NOT EXISTS model_promotions (
  ts TIMESTAMP,
  venue SYMBOL,
  model SYMBOL,
  timeframe SYMBOL,
  regime SYMBOL,
  run_id VARCHAR,
  action SYMBOL,
  reason VARCHAR
) TIMESTAMP(ts) PARTITION BY MONTH WAL
