-- Bars of complete ticks whose volume is not the sum of the sizes traded, by more than 1e-9 of it; and minutes in which
-- something was traded that have no bar at all, up to the newest bar.
-- Grain: one bar; `ts` in microseconds, `bar` null where there is none. Parameters: :venue, :symbols; bars of [:from, :to),
-- best a day at a time; :most, rows at most.
SELECT * FROM (
  WITH
  traded AS (
    SELECT ts, symbol, sum(size) AS volume
    FROM ticks
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to AND kind = 'trade'
    SAMPLE BY 1m
  ),
  bars AS (
    SELECT ts, symbol, volume, source = 'closer' AND complete AS of_ticks
    FROM candles_1m
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
  )
  SELECT cast(b.ts AS LONG) AS ts, b.symbol AS symbol, coalesce(t.volume, 0.0) AS ticks, b.volume AS bar
  FROM bars b
  LEFT JOIN traded t ON t.ts = b.ts AND t.symbol = b.symbol
  WHERE
    b.of_ticks
    AND least(b.volume, coalesce(t.volume, 0.0)) / greatest(b.volume, coalesce(t.volume, 0.0)) < 1.0 - 1e-9
  UNION ALL
  SELECT cast(t.ts AS LONG) AS ts, t.symbol AS symbol, t.volume AS ticks, cast(null AS DOUBLE) AS bar
  FROM traded t
  LEFT JOIN bars b ON b.ts = t.ts AND b.symbol = t.symbol
  WHERE b.ts IS NULL AND t.ts <= (SELECT max(ts) FROM candles_1m WHERE venue = :venue)
)
ORDER BY ts, symbol
LIMIT :most
