-- purpose Tells which bars have been answered, with a signal or with the reason why there is none.
-- grain   One answer. `ts` is in microseconds.
-- takes   :venue, :timeframe; :since, the first bar
-- note    An answer may speak of several bars, `bars` of them from `ts` on; null means one.
SELECT cast(ts AS LONG) AS ts, symbol, model, horizon, run_id, absent, bars
FROM signals
WHERE venue = :venue AND timeframe = :timeframe AND ts >= :since
