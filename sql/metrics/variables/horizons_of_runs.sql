-- purpose Lists the choices of $horizon on the Models dashboard: horizons in bars that the model was trained at.
-- grain   One row per horizon, as text, which is what a choice is made of.
-- takes   $venue, $timeframe, $model
SELECT cast(horizon AS VARCHAR) AS horizon
FROM (
  SELECT DISTINCT horizon
  FROM model_runs
  WHERE venue = '$venue' AND timeframe = '$timeframe' AND model = '$model' AND NOT shuffled
  ORDER BY horizon
)
