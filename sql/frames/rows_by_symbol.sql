-- How many bars of a window have features and labels, symbol by symbol: which one keeps the others back.
-- Grain: one row per symbol. Parameters: :venue, :symbols, :horizon, {timeframe}, :set_hash, :since, :until.
SELECT f.symbol AS symbol, count() AS rows
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
