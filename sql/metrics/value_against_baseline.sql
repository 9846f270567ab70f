-- Out-of-fold loss of each run of a model beside the loss of its naive baseline on the same rows: lower is better.
-- Grain: one row per run, at the time it was made. Variables: $venue, $timeframe, $model.
-- The time axis is when a run was made, not the end of its window: a model retrained on recorded data would otherwise lie
-- in the recording's year, and retraining on one window is told apart.
SELECT
  r.created_at AS time,
  m.value AS value,
  m.baseline AS baseline
FROM model_runs r
JOIN model_metrics m ON m.run_id = r.run_id AND m.engine = r.engine
WHERE
  r.venue = '$venue'
  AND r.timeframe = '$timeframe'
  AND r.model = '$model'
  AND r.regime IS NULL
  AND NOT r.shuffled
  AND $__timeFilter(r.created_at)
  AND m.metric = 'loss'
  AND m.fold = -1
  AND m.split = 'test'
  AND m.symbol IS NULL
  AND m.regime IS NULL
ORDER BY time
