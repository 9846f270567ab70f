-- purpose Finds the present champion of each model of a venue at each horizon.
-- grain   One row per model and horizon that has had a promotion.
-- takes   :venue, :timeframe
SELECT
  p.model AS model,
  p.horizon AS horizon,
  p.run_id AS run_id,
  p.ts AS since,
  p.action AS action,
  p.reason AS reason,
  r.artifact AS artifact
FROM (
  SELECT *
  FROM champion_decisions
  WHERE venue = :venue AND timeframe = :timeframe AND regime IS NULL AND horizon IS NOT NULL
  LATEST ON ts PARTITION BY model, horizon
) p
LEFT JOIN (SELECT run_id, last(artifact) AS artifact FROM model_runs WHERE venue = :venue) r ON r.run_id = p.run_id
ORDER BY model, horizon
