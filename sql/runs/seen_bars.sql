-- purpose Counts the bars of some symbols that are not new to a run, and so left out where it is scored.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar
SELECT count() AS rows, count_distinct(ts) AS bars
FROM candles_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND complete AND ts >= :since AND ts <= :until
