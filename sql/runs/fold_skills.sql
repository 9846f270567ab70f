-- purpose Reads the skill of the winners of some runs on the rows not seen, fold by fold.
-- grain   One fold of one run.
-- takes   :run_ids
SELECT
  r.run_id AS run_id,
  m.fold AS fold,
  m.value AS skill
FROM model_runs r
JOIN model_metrics m ON m.run_id = r.run_id AND m.engine = r.engine
WHERE r.run_id IN :run_ids
  AND m.metric = 'skill' AND m.split = 'test' AND m.fold >= 0 AND m.symbol IS NULL AND m.regime IS NULL
ORDER BY run_id, fold
