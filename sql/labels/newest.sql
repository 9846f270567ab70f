-- purpose Finds the newest labelled bar of each symbol, so that labels go on from there.
-- grain   One row per symbol that has a label in that time. `last_bar` is in microseconds.
-- takes   {timeframe}; :venue; :horizon, in bars; :since, how far back to look
SELECT symbol, cast(max(ts) AS LONG) AS last_bar
FROM labels_{timeframe}
WHERE venue = :venue AND horizon = :horizon AND ts >= :since
