-- purpose Shows the skill of the newest run of a model and horizon by symbol, over all its out-of-fold rows.
-- grain   One row per symbol, whatever time the dashboard shows.
-- takes   $venue, $timeframe, $model, $horizon
WITH newest AS (
  SELECT run_id, engine
  FROM ranked_model_runs
  WHERE
    venue = '$venue'
    AND timeframe = '$timeframe'
    AND model = '$model'
    AND horizon = cast('$horizon' AS INT)
    AND regime IS NULL
    AND NOT shuffled
    AND newness = 1
)
SELECT
  m.symbol AS symbol,
  m.value AS skill
FROM newest n
JOIN model_metrics m ON m.run_id = n.run_id AND m.engine = n.engine
WHERE m.metric = 'skill' AND m.fold = -1 AND m.split = 'test' AND m.symbol IS NOT NULL AND m.regime IS NULL
ORDER BY skill DESC
