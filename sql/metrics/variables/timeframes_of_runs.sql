-- purpose Lists the choices of $timeframe on the Models dashboard: timeframes that a model of the venue was trained on.
-- grain   One row per timeframe.
-- takes   $venue
SELECT DISTINCT timeframe
FROM model_runs
WHERE venue = '$venue' AND NOT shuffled
ORDER BY timeframe
