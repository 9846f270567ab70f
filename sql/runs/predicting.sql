-- purpose Tells which run of each model predicts at each horizon: the champion, and where there is none, the newest run
--         that is no experiment.
-- grain   One row per model and horizon.
-- takes   :venue, :timeframe
WITH champions AS (
  SELECT model, horizon, run_id
  FROM champion_decisions
  WHERE venue = :venue AND timeframe = :timeframe AND regime IS NULL
  LATEST ON ts PARTITION BY model, horizon
)
SELECT
  r.model AS model,
  r.run_id AS run_id,
  r.horizon AS horizon,
  r.simulated AS simulated,
  r.artifact AS artifact,
  r.created_at AS created_at,
  c.run_id AS champion
FROM ranked_model_runs r
LEFT JOIN champions c ON c.model = r.model AND c.horizon = r.horizon
WHERE r.venue = :venue AND r.timeframe = :timeframe AND NOT r.shuffled
  AND (r.run_id = c.run_id OR (c.run_id IS NULL AND NOT r.experiment AND r.usual_newness = 1))
ORDER BY model, horizon
