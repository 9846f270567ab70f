-- purpose Finds the bars whose stored features are those that a fill would make now.
-- grain   One row per unbroken spell of such bars of one symbol, ordered by symbol and time.
-- takes   {timeframe}; :venue, :symbols; :set_hash, the current definition; :since, the first bar on which the features
--         depend; :from and :until, the first and the last bar that is looked at; :bar_seconds
-- note    A row stands while no bar of the venue up to it became known later than it was made, since each row looks at
--         the whole market and back.
WITH bars AS (
  SELECT ts, max(cast(known_at AS LONG)) AS known_at
  FROM candles_{timeframe}
  WHERE venue = :venue AND ts BETWEEN :since AND :until
),
news AS (
  SELECT ts, max(known_at) OVER (ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS known_at
  FROM (SELECT * FROM bars ORDER BY ts)
),
standing AS (
  SELECT f.ts AS ts, f.symbol AS symbol
  FROM (
    SELECT ts, symbol, computed_at
    FROM features_{timeframe}
    WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :until AND set_hash = :set_hash
  ) f
  JOIN news n ON n.ts = f.ts
  WHERE cast(f.computed_at AS LONG) > n.known_at
),
steps AS (
  SELECT
    ts,
    symbol,
    CASE WHEN datediff('s', lag(ts, 1) OVER w, ts) = :bar_seconds THEN 0 ELSE 1 END AS begins
  FROM standing
  WINDOW w AS (PARTITION BY symbol ORDER BY ts)
),
numbered AS (
  SELECT
    ts,
    symbol,
    sum(begins) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS spell
  FROM steps
)
SELECT
  symbol,
  min(ts) AS first_bar,
  max(ts) AS last_bar
FROM numbered
GROUP BY symbol, spell
ORDER BY symbol, first_bar
