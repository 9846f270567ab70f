-- The newest signal of each symbol, model and run.
-- Grain: one row per symbol, model and horizon. Parameters: :venue, :timeframe.
SELECT ts, symbol, model, run_id
FROM signals
WHERE venue = :venue AND timeframe = :timeframe
LATEST ON ts PARTITION BY symbol, model, horizon
