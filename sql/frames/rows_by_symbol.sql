-- purpose Counts by symbol the bars of a window that have features and labels, and says from when to when they are: it
--         shows which symbol keeps the others back.
-- grain   One row per symbol.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar; :horizon; :set_hash, the
--         definition of the features
SELECT f.symbol AS symbol, count() AS rows, min(f.ts) AS first_bar, max(f.ts) AS last_bar
FROM (
  SELECT ts, symbol
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :since AND ts <= :until AND set_hash = :set_hash
) f
JOIN (
  SELECT ts, symbol
  FROM labels_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND horizon = :horizon AND ts >= :since AND ts <= :until
) l ON l.ts = f.ts AND l.symbol = f.symbol
