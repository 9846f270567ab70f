-- Up to where the bars of each symbol have features of the current definition, and what was changed since.
-- Grain: one row per symbol that has bars.
-- Parameters: {timeframe}; :venue; :since, the first bar-open time that is looked at; :known_since, only bars that became
-- known since then can have changed; :set_hash.
WITH
bars AS (
  SELECT ts, symbol, known_at
  FROM candles_{timeframe}
  WHERE venue = :venue AND ts >= :since AND complete
),
filled AS (
  SELECT ts, symbol, candle_known_at
  FROM features_{timeframe}
  WHERE venue = :venue AND ts >= :since AND set_hash = :set_hash
),
changed AS (
  SELECT b.symbol AS symbol, min(b.ts) AS ts
  FROM (SELECT * FROM bars WHERE known_at >= :known_since) b
  JOIN filled f ON f.ts = b.ts AND f.symbol = b.symbol
  WHERE f.candle_known_at < b.known_at
)
SELECT
  e.symbol AS symbol,
  e.first_bar AS first_bar,
  e.last_bar AS last_bar,
  n.ts AS filled_to,
  c.ts AS changed_from
FROM (SELECT symbol, min(ts) AS first_bar, max(ts) AS last_bar FROM bars) e
LEFT JOIN (SELECT symbol, max(ts) AS ts FROM filled) n ON n.symbol = e.symbol
LEFT JOIN changed c ON c.symbol = e.symbol
