-- purpose Tells how each model of a venue stands at each horizon: its champion, if it has one, with the figures on
--         which it was promoted, else its newest run.
-- grain   One row per model and horizon that have a run.
-- takes   :venue, :timeframe
WITH
champions AS (
  SELECT model, horizon, run_id, ts AS since
  FROM champion_decisions
  WHERE venue = :venue AND timeframe = :timeframe AND regime IS NULL
  LATEST ON ts PARTITION BY model, horizon
),
figures AS (
  SELECT run_id, engine, max(CASE WHEN metric = 'skill' THEN value END) AS skill, max(CASE WHEN metric = 'p_value' THEN value END) AS p_value
  FROM model_metrics
  WHERE fold = -1 AND split = 'test' AND symbol IS NULL AND regime IS NULL AND metric IN ('skill', 'p_value')
)
SELECT
  r.model AS model,
  r.horizon AS horizon,
  r.run_id AS run_id,
  c.run_id AS champion,
  c.since AS since,
  f.skill AS skill,
  f.p_value AS p_value,
  r.created_at AS trained_at
FROM ranked_model_runs r
LEFT JOIN champions c ON c.model = r.model AND c.horizon = r.horizon
LEFT JOIN figures f ON f.run_id = r.run_id AND f.engine = r.engine
WHERE r.venue = :venue AND r.timeframe = :timeframe AND NOT r.shuffled
  AND (r.run_id = c.run_id OR (c.run_id IS NULL AND NOT r.experiment AND r.usual_newness = 1))
ORDER BY model, horizon
