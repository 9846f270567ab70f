-- purpose Finds the newest answer about each symbol by each model, and the run that gave it.
-- grain   One row per symbol, model and horizon that has an answer in that time. `ts` is in microseconds.
-- takes   :venue, :timeframe; :since (inclusive) and :until (exclusive), the bars to look at
-- note    An answer may speak of several bars, `bars` of them from `ts` on; null means one.
SELECT cast(ts AS LONG) AS ts, symbol, model, horizon, run_id, absent, bars
FROM signals
WHERE venue = :venue AND timeframe = :timeframe AND ts >= :since AND ts < :until
LATEST ON ts PARTITION BY symbol, model, horizon
