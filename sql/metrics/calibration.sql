-- purpose Compares what the newest run of a model and horizon predicted on average with what came, in buckets of equal
--         size.
-- grain   One bucket of one class (`value` for numbers, and for quantiles, whose levels are the buckets), whatever time
--         the dashboard shows.
-- takes   $venue, $timeframe, $model, $horizon
-- note    `ideal` is the diagonal on which predictions mean what they say.
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
  c.class AS class,
  c.predicted AS predicted,
  c.observed AS observed,
  c.predicted AS ideal,
  c.rows AS rows
FROM newest n
JOIN model_calibration c ON c.run_id = n.run_id AND c.engine = n.engine
ORDER BY predicted
