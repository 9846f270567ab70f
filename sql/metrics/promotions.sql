-- purpose Shows decisions on champions, as annotations over the panels of the Models dashboard.
-- grain   One row per decision in the time shown.
-- takes   $venue, $timeframe
SELECT
  ts AS time,
  concat(model, ', ', horizon, ' bars: ', action, ' ', run_id, ' (', reason, ')') AS text,
  model AS tags
FROM champion_decisions
WHERE venue = '$venue' AND timeframe = '$timeframe' AND $__timeFilter(ts)
ORDER BY time
