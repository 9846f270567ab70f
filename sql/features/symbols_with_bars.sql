-- purpose Lists the symbols of a venue that have bars in a range of time.
-- grain   One row per symbol, ordered by name.
-- takes   {timeframe}; :venue; :since and :until, bar-open times, both inclusive
SELECT DISTINCT symbol
FROM candles_{timeframe}
WHERE venue = :venue
  AND ts BETWEEN :since AND :until
ORDER BY symbol
