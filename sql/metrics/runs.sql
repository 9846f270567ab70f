-- purpose Lists the runs of all models with their headline figures, the newest first.
-- grain   One row per run made in the time shown, at most 200.
-- takes   $venue, $timeframe
WITH figures AS (
  SELECT
    run_id,
    engine,
    max(CASE WHEN metric = 'loss' THEN value END) AS value,
    max(CASE WHEN metric = 'loss' THEN baseline END) AS baseline,
    max(CASE WHEN metric = 'skill' THEN value END) AS skill,
    max(CASE WHEN metric = 'p_value' THEN value END) AS p_value,
    max(CASE WHEN metric = 'ic' THEN value END) AS ic,
    max(CASE WHEN metric = 'ic_t' THEN value END) AS ic_t,
    max(CASE WHEN metric = 'break_even_bp' THEN value END) AS break_even_bp,
    max(CASE WHEN metric = 'cost_bp' THEN value END) AS cost_bp
  FROM model_metrics
  WHERE timeframe = '$timeframe' AND fold = -1 AND split = 'test' AND symbol IS NULL AND regime IS NULL
  GROUP BY run_id, engine
)
SELECT
  r.created_at AS created_at,
  r.model AS model,
  r.run_id AS run_id,
  r.engine AS engine,
  f.value AS value,
  f.baseline AS baseline,
  f.skill AS skill,
  f.p_value AS p_value,
  f.ic AS ic,
  f.ic_t AS ic_t,
  f.break_even_bp AS break_even_bp,
  f.cost_bp AS cost_bp,
  r.horizon AS horizon,
  r.window_from AS window_from,
  r.window_to AS window_to,
  r.rows AS rows,
  r.excluded_share AS excluded_share,
  r.constant AS constant,
  r.simulated AS simulated,
  r.seconds AS seconds
FROM model_runs r
LEFT JOIN figures f ON f.run_id = r.run_id AND f.engine = r.engine
WHERE
  r.venue = '$venue'
  AND r.timeframe = '$timeframe'
  AND r.regime IS NULL
  AND NOT r.shuffled
  AND $__timeFilter(r.created_at)
ORDER BY created_at DESC, model
LIMIT 200
