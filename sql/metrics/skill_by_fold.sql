-- purpose Shows the skill of the newest run of a model and horizon by fold, on the rows it was fitted on and on the
--         rows after them.
-- grain   One row per fold, in the order of time, whatever time the dashboard shows.
-- takes   $venue, $timeframe, $model, $horizon
-- note    Training skill far above test skill is overfitting. Test skill in one fold only is luck or a passing regime.
WITH
newest AS (
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
),
folds AS (
  SELECT
    m.fold AS number,
    max(CASE WHEN m.split = 'train' THEN m.value END) AS train,
    max(CASE WHEN m.split = 'test' THEN m.value END) AS test
  FROM newest n
  JOIN model_metrics m ON m.run_id = n.run_id AND m.engine = n.engine
  WHERE m.metric = 'skill' AND m.fold >= 0 AND m.symbol IS NULL AND m.regime IS NULL
  GROUP BY m.fold
  ORDER BY number
)
SELECT
  concat('fold ', number + 1) AS fold,
  train,
  test
FROM folds
