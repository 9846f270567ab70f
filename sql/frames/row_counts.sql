-- purpose Counts the complete bars that each symbol has in a window, and how many of them have features.
-- grain   One row per symbol, ordered by name.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar
SELECT symbol, sum(bars) AS bars, sum(filled) AS filled
FROM (
  SELECT symbol, count() AS bars, 0L AS filled
  FROM candles_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until AND complete
  UNION ALL
  SELECT symbol, 0L AS bars, count() AS filled
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
)
ORDER BY symbol
