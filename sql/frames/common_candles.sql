-- purpose Finds the newest bars of time in which every one of these symbols has a complete bar.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbols; :symbol_count, how many symbols these are; :bars, how many such bars at most
SELECT
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  count() AS bars
FROM (
  SELECT ts
  FROM (
    SELECT ts, count() AS symbols
    FROM candles_{timeframe}
    WHERE venue = :venue AND symbol IN :symbols AND complete
  )
  WHERE symbols = :symbol_count
  ORDER BY ts DESC
  LIMIT :bars
)
