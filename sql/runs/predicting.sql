-- purpose Tells which run of each model predicts: the champion, or the newest run where there is no champion. Runs on
--         shuffled labels are left out.
-- grain   One row per model.
-- takes   :venue, :timeframe
WITH
runs AS (
  SELECT
    model,
    run_id,
    horizon,
    simulated,
    artifact,
    row_number() OVER (PARTITION BY model ORDER BY ts DESC, created_at DESC) AS newness
  FROM model_runs
  WHERE venue = :venue AND timeframe = :timeframe AND NOT shuffled
),
champions AS (
  SELECT model, run_id
  FROM model_promotions
  WHERE venue = :venue AND timeframe = :timeframe AND regime IS NULL
  LATEST ON ts PARTITION BY model
)
SELECT
  r.model AS model,
  r.run_id AS run_id,
  r.horizon AS horizon,
  r.simulated AS simulated,
  r.artifact AS artifact,
  c.run_id AS champion
FROM runs r
LEFT JOIN champions c ON c.model = r.model
WHERE r.run_id = c.run_id OR (c.run_id IS NULL AND r.newness = 1)
ORDER BY model
