-- purpose Shows the out-of-fold loss of each run of a model and horizon beside the loss of its naive baseline on the
--         same rows. Lower is better.
-- grain   One row per run, at the time it was made.
-- takes   $venue, $timeframe, $model, $horizon
-- note    The time axis is when a run was made, not the end of its window. Otherwise a model that was retrained on
--         recorded data would lie in the year of the recording, and several runs on one window could not be told apart.
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
  AND r.horizon = cast('$horizon' AS INT)
  AND r.regime IS NULL
  AND NOT r.shuffled
  AND $__timeFilter(r.created_at)
  AND m.metric = 'loss'
  AND m.fold = -1
  AND m.split = 'test'
  AND m.symbol IS NULL
  AND m.regime IS NULL
ORDER BY time
