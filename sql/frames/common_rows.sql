-- The newest bars for which every one of these symbols has features and labels.
-- Grain: one row. Parameters: :venue, :symbols, :symbol_count, :horizon, {timeframe}, :set_hash, the definition that
-- the features are of, :since, :bars.
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
