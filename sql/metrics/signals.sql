-- purpose Shows what a model says about the newest bar of each symbol.
-- grain   One row per symbol and horizon, whatever time the dashboard shows.
-- takes   $venue, $timeframe, $model
-- note    A gated signal is not to be acted upon, and `reason` says why. `age_seconds` is how old the bar was when it
--         was predicted.
SELECT
  symbol,
  shown,
  probability,
  close,
  ts AS bar,
  age_seconds,
  horizon,
  gated,
  reason,
  run_id,
  created_at
FROM signals
WHERE venue = '$venue' AND timeframe = '$timeframe' AND model = '$model'
LATEST ON ts PARTITION BY symbol, horizon
ORDER BY symbol, horizon
