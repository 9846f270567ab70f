-- purpose Finds the newest signal of each symbol and model, and the run that made it.
-- grain   One row per symbol, model and horizon.
-- takes   :venue, :timeframe
SELECT ts, symbol, model, horizon, run_id
FROM signals
WHERE venue = :venue AND timeframe = :timeframe
LATEST ON ts PARTITION BY symbol, model, horizon
