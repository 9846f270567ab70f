-- purpose Counts the stored features of a window of time, whosever they are.
-- grain   One row.
-- takes   {timeframe}; :since and :until, the first and the last bar
SELECT count() AS rows
FROM features_{timeframe}
WHERE ts BETWEEN :since AND :until
