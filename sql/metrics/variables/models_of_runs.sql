-- Choices of $model on the Models dashboard: models that were trained on the venue and timeframe.
-- Grain: one row per model. Variables: $venue, $timeframe.
SELECT DISTINCT model
FROM model_runs
WHERE venue = '$venue' AND timeframe = '$timeframe' AND NOT shuffled
ORDER BY model
