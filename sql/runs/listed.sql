-- purpose Lists the runs of models with their pooled figures, the newest first, and tells which are champions.
-- grain   One run, also of shuffled labels or a search.
-- takes   :model, :venue, :timeframe, each '' for all; :most, the number of rows
-- note    A run is a champion if the latest decision on its model, venue, timeframe and horizon names it.
WITH
champions AS (
  SELECT venue, timeframe, model, horizon, run_id
  FROM champion_decisions
  WHERE regime IS NULL AND horizon IS NOT NULL
  LATEST ON ts PARTITION BY venue, timeframe, model, horizon
),
figures AS (
  SELECT
    run_id,
    engine,
    max(CASE WHEN metric = 'skill' THEN value END) AS skill,
    max(CASE WHEN metric = 'p_value' THEN value END) AS p_value
  FROM model_metrics
  WHERE fold = -1 AND split = 'test' AND symbol IS NULL AND regime IS NULL AND metric IN ('skill', 'p_value')
)
SELECT
  r.run_id AS run_id,
  r.model AS model,
  r.timeframe AS timeframe,
  r.horizon AS horizon,
  r.venue AS venue,
  r.window_to AS window_to,
  r.engine AS engine,
  f.skill AS skill,
  f.p_value AS p_value,
  c.run_id IS NOT NULL AS champion,
  r.simulated AS simulated,
  r.shuffled AS shuffled,
  r.created_at AS created_at
FROM model_runs r
LEFT JOIN figures f ON f.run_id = r.run_id AND f.engine = r.engine
LEFT JOIN champions c ON c.run_id = r.run_id
WHERE (:model = '' OR r.model = :model)
  AND (:venue = '' OR r.venue = :venue)
  AND (:timeframe = '' OR r.timeframe = :timeframe)
ORDER BY created_at DESC, model, horizon
LIMIT :most
