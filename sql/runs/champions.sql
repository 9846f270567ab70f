-- purpose Finds the present champion of each model of a venue.
-- grain   One row per model that has had a promotion.
-- takes   :venue, :timeframe
SELECT p.model AS model, p.run_id AS run_id, p.ts AS since, p.action AS action, p.reason AS reason, r.artifact AS artifact
FROM (
  SELECT *
  FROM model_promotions
  WHERE venue = :venue AND timeframe = :timeframe AND regime IS NULL
  LATEST ON ts PARTITION BY model
) p
LEFT JOIN (SELECT run_id, last(artifact) AS artifact FROM model_runs WHERE venue = :venue) r ON r.run_id = p.run_id
