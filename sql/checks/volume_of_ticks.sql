-- purpose Finds bars of complete ticks whose volume differs by a share of more than 1e-9 from the sum of the sizes
--         traded, and minutes with trades that have no bar at all, up to the newest bar.
-- grain   One row per bar. `ts` is in microseconds. `bar` is null where there is no bar.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive), best one day apart; :most, how many rows at most
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
