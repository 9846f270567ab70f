-- Coarser bars whose volume, or number of minutes, is not that of the one-minute bars inside: by more than 1e-9 of it.
-- Grain: one coarser bar; `ts` in microseconds; what a side does not have is 0. Parameters: {timeframe}, of the view;
-- :unit, its length; :venue, :symbols; [:from, :to), whole UTC days; :most, rows at most.
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
