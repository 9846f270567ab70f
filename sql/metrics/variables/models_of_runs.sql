-- purpose Lists the choices of $model on the Models dashboard: models that were trained on the venue and timeframe.
-- grain   One row per model.
-- takes   $venue, $timeframe
SELECT DISTINCT model
FROM model_runs
WHERE venue = '$venue' AND timeframe = '$timeframe' AND NOT shuffled
ORDER BY model
