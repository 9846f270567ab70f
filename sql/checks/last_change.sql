-- purpose Tells when the bars on which the features of a time rest were last written.
-- grain   One row. `known_at` is null where there are no such bars.
-- takes   {timeframe}; :venue; :since and :until, the first and the last bar
SELECT max(known_at) AS known_at
FROM candles_{timeframe}
WHERE venue = :venue AND ts BETWEEN :since AND :until
