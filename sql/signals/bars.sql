-- purpose Reads the state of a few bars that signals are due of.
-- grain   One bar of one symbol. Times are in microseconds.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar
SELECT cast(ts AS LONG) AS ts, symbol, complete, cast(known_at AS LONG) AS known_at
FROM candles_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
