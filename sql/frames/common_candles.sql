-- The newest minutes in which every one of these symbols has a complete bar.
-- Grain: one row. Parameters: :venue, :symbols, :symbol_count, and :bars, how many such minutes at most.
SELECT
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  count() AS bars
FROM (
  SELECT ts
  FROM (
    SELECT ts, count() AS symbols
    FROM candles_1m
    WHERE venue = :venue AND symbol IN :symbols AND complete
  )
  WHERE symbols = :symbol_count
  ORDER BY ts DESC
  LIMIT :bars
)
