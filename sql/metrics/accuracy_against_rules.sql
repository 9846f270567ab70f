-- purpose Compares the accuracy of the newest run of each classifier and horizon with that of plain rules, on the same
--         out-of-fold rows.
-- grain   One row per model, horizon and rule, whatever time the dashboard shows.
-- takes   $venue, $timeframe
-- note    The rule `baseline` names the likeliest class of the naive baseline that skill is measured against.
SELECT
  concat(
    r.model, ', ', r.horizon, ' bars / ',
    CASE WHEN m.metric = 'accuracy' THEN 'baseline' ELSE substring(m.metric, 13, 40) END
  ) AS rule,
  m.value AS accuracy,
  m.baseline AS accuracy_of_rule
FROM ranked_model_runs r
JOIN model_metrics m ON m.run_id = r.run_id AND m.engine = r.engine
WHERE
  r.venue = '$venue'
  AND r.timeframe = '$timeframe'
  AND r.regime IS NULL
  AND NOT r.shuffled
  AND r.newness = 1
  AND (m.metric = 'accuracy' OR m.metric LIKE 'accuracy\_vs\_%')
  AND m.fold = -1
  AND m.split = 'test'
  AND m.symbol IS NULL
  AND m.regime IS NULL
ORDER BY rule
