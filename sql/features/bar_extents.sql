-- purpose Finds from where to where a symbol has complete bars, and how many. There is no hole where the number fits.
-- grain   One row per symbol, ordered by name.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar-open time that is looked at
SELECT
  symbol,
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  count() AS bars
FROM candles_{timeframe}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :since AND :until
  AND complete
ORDER BY symbol
