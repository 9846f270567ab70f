-- purpose Finds the newest bars of time for which every one of these symbols has features and labels.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbols; :symbol_count, how many symbols these are; :horizon; :set_hash, the definition
--         of the features; :since, the first bar that is looked at; :bars, how many such bars at most
SELECT
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  count() AS bars
FROM (
  SELECT ts
  FROM (
    SELECT f.ts AS ts, count() AS symbols
    FROM (
      SELECT ts, symbol
      FROM features_{timeframe}
      WHERE venue = :venue AND symbol IN :symbols AND ts >= :since AND set_hash = :set_hash
    ) f
    JOIN (
      SELECT ts, symbol
      FROM labels_{timeframe}
      WHERE venue = :venue AND symbol IN :symbols AND horizon = :horizon AND ts >= :since
    ) l ON l.ts = f.ts AND l.symbol = f.symbol
  )
  WHERE symbols = :symbol_count
  ORDER BY ts DESC
  LIMIT :bars
)
