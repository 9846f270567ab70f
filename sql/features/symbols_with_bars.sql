-- Purpose: the symbols of a venue that have bars in a range of time.
-- Grain: one symbol, by name. Parameters: {timeframe}; :venue; :since and :until, bar-open times.
SELECT DISTINCT symbol
FROM candles_{timeframe}
WHERE venue = :venue
  AND ts BETWEEN :since AND :until
ORDER BY symbol
