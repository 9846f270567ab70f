-- purpose Tells up to where the bars of each symbol have features of the current definition, how many have them, and
--         which bars before that end came or were changed since.
-- grain   One row per symbol that has bars.
-- takes   {timeframe}; :venue; :since, the first bar-open time that is looked at; :known_since, because only bars that
--         became known since then can have been changed or have come late; :set_hash, the current definition
-- note    `missing_from` may be a bar that can have no features, because it lies at the beginning of a run.
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
extents AS (
  SELECT e.symbol AS symbol, e.first_bar AS first_bar, e.last_bar AS last_bar, n.ts AS filled_to, n.rows AS filled_rows
  FROM (SELECT symbol, min(ts) AS first_bar, max(ts) AS last_bar FROM bars) e
  LEFT JOIN (SELECT symbol, max(ts) AS ts, count() AS rows FROM filled) n ON n.symbol = e.symbol
),
compared AS (
  SELECT b.symbol AS symbol, b.ts AS ts, b.known_at AS known_at, f.ts AS filled_ts, f.candle_known_at AS filled_known_at
  FROM (SELECT * FROM bars WHERE known_at >= :known_since) b
  LEFT JOIN filled f ON f.ts = b.ts AND f.symbol = b.symbol
),
news AS (
  SELECT
    c.symbol AS symbol,
    min(CASE WHEN c.filled_known_at < c.known_at THEN c.ts END) AS changed_from,
    min(CASE WHEN c.filled_ts IS NULL AND c.ts < e.filled_to THEN c.ts END) AS missing_from
  FROM compared c
  JOIN extents e ON e.symbol = c.symbol
)
SELECT
  e.symbol AS symbol,
  e.first_bar AS first_bar,
  e.last_bar AS last_bar,
  e.filled_to AS filled_to,
  e.filled_rows AS filled_rows,
  n.changed_from AS changed_from,
  n.missing_from AS missing_from
FROM extents e
LEFT JOIN news n ON n.symbol = e.symbol
