-- Where the features of each symbol have to be filled from: the first complete bar since :since that has none although it
-- could, or whose bar was changed after they were made.
-- Grain: one row per symbol that lacks something. Parameters: :venue, :since, :warmup (bars before the first feature row).
WITH
bars AS (
  SELECT ts, symbol, known_at
  FROM candles_1m
  WHERE venue = :venue AND ts >= :since AND complete
),
filled AS (
  SELECT ts, symbol, candle_known_at
  FROM features_1m
  WHERE venue = :venue AND ts >= :since
),
newest AS (
  SELECT symbol, max(ts) AS ts
  FROM filled
),
changed AS (
  SELECT b.symbol AS symbol, min(b.ts) AS ts
  FROM bars b
  JOIN filled f ON f.ts = b.ts AND f.symbol = b.symbol
  WHERE f.candle_known_at < b.known_at
),
extents AS (
  SELECT symbol, min(ts) AS first_bar, max(ts) AS last_bar, count() AS bars
  FROM bars
)
SELECT
  e.symbol AS symbol,
  CASE
    WHEN c.ts IS NOT NULL THEN c.ts
    WHEN n.ts IS NOT NULL THEN dateadd('m', 1, n.ts)
    ELSE e.first_bar
  END AS fill_from
FROM extents e
LEFT JOIN newest n ON n.symbol = e.symbol
LEFT JOIN changed c ON c.symbol = e.symbol
WHERE c.ts IS NOT NULL OR (n.ts IS NOT NULL AND e.last_bar > n.ts) OR (n.ts IS NULL AND e.bars > :warmup)
