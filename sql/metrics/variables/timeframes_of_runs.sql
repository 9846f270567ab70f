-- Choices of $timeframe on the Models dashboard: timeframes that a model of the venue was trained on.
-- Grain: one row per timeframe. Variables: $venue.
SELECT DISTINCT timeframe
FROM model_runs
WHERE venue = '$venue' AND NOT shuffled
ORDER BY timeframe
