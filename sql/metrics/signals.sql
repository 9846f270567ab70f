-- What a model says about the newest bar of each symbol.
-- Grain: one row per symbol and horizon, whatever time the dashboard shows. Variables: $venue, $timeframe, $model.
-- A gated signal is not to be acted upon; `reason` says why. `age_seconds` is how old the bar was when it was predicted.
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
