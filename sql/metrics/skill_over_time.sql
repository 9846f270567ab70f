-- purpose Shows the skill of each run over all its out-of-fold rows.
-- grain   One row per run, at the time it was made. `metric` names the model and its horizon.
-- takes   $venue, $timeframe
-- note    Skill is 1 - loss / loss of the naive baseline. A skill above 0 beats the baseline.
SELECT
  r.created_at AS time,
  concat(r.model, ', ', r.horizon, ' bars') AS metric,
  m.value AS skill
FROM model_runs r
JOIN model_metrics m ON m.run_id = r.run_id AND m.engine = r.engine
WHERE
  r.venue = '$venue'
  AND r.timeframe = '$timeframe'
  AND r.regime IS NULL
  AND NOT r.shuffled
  AND $__timeFilter(r.created_at)
  AND m.metric = 'skill'
  AND m.fold = -1
  AND m.split = 'test'
  AND m.symbol IS NULL
  AND m.regime IS NULL
ORDER BY time, metric
