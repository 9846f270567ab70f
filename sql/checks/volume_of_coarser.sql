-- purpose Finds coarser bars whose volume differs by a share of more than 1e-9 from that of the one-minute bars inside,
--         or whose number of minutes is wrong.
-- grain   One row per coarser bar. `ts` is in microseconds. What one of the two sides does not have is 0.
-- takes   {timeframe} of the view; :unit, the length of its bars; :venue, :symbols; :from (inclusive) and :to
--         (exclusive), whole UTC days; :most, how many rows at most
SELECT * FROM (
  WITH
  inside AS (
    SELECT timestamp_floor(:unit, ts) AS ts, symbol, sum(volume) AS volume, count() AS bars
    FROM candles_1m
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
  ),
  coarser AS (
    SELECT ts, symbol, volume, bars
    FROM candles_{timeframe}
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
  )
  SELECT
    cast(i.ts AS LONG) AS ts,
    i.symbol AS symbol,
    i.volume AS minutes,
    coalesce(c.volume, 0.0) AS bar,
    i.bars AS minutes_inside,
    coalesce(c.bars, 0) AS minutes_counted
  FROM inside i
  LEFT JOIN coarser c ON c.ts = i.ts AND c.symbol = i.symbol
  WHERE
    c.ts IS NULL
    OR c.bars <> i.bars
    OR least(i.volume, c.volume) / greatest(i.volume, c.volume) < 1.0 - 1e-9
  UNION ALL
  SELECT cast(c.ts AS LONG) AS ts, c.symbol AS symbol, 0.0, c.volume, cast(0 AS LONG), c.bars
  FROM coarser c
  LEFT JOIN inside i ON i.ts = c.ts AND i.symbol = c.symbol
  WHERE i.ts IS NULL
)
ORDER BY ts, symbol
LIMIT :most
