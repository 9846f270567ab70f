-- purpose Reads every figure of some runs: pooled, by fold, by symbol and by regime.
-- grain   One metric of one slice of one candidate engine of one run.
-- takes   :run_ids
SELECT
  run_id,
  engine,
  fold,
  split,
  symbol,
  regime,
  metric,
  value,
  baseline
FROM model_metrics
WHERE run_id IN :run_ids
ORDER BY run_id, engine, fold, symbol, regime, metric
