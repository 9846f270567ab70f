-- purpose Finds bars of complete ticks that differ from what the exchange states.
-- grain   One row per bar. `ts` is in microseconds.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive); :most, how many rows at most
-- trap    Values are compared as ratios, because QuestDB takes doubles that differ by less than 1e-10 for equal.
-- note    Differences of 1e-9 of a price and 1e-6 of a volume are tolerated, because exchanges round their volumes.
--         Prices of a minute without a trade are not compared: ours then come from quotes, those of the exchange from
--         the trade before.
SELECT
  cast(c.ts AS LONG) AS ts,
  c.symbol AS symbol,
  c.open AS open,
  e.open AS stated_open,
  c.high AS high,
  e.high AS stated_high,
  c.low AS low,
  e.low AS stated_low,
  c.close AS close,
  e.close AS stated_close,
  c.volume AS volume,
  e.volume AS stated_volume
FROM (
  SELECT *
  FROM candles_1m
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to AND source = 'closer' AND complete
) c
JOIN (
  SELECT *
  FROM exchange_candles
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
) e ON e.ts = c.ts AND e.symbol = c.symbol
WHERE
  least(c.volume, e.volume) / greatest(c.volume, e.volume) < 1.0 - 1e-6
  OR (
    c.trades > 0
    AND (
      least(c.open, e.open) / greatest(c.open, e.open) < 1.0 - 1e-9
      OR least(c.high, e.high) / greatest(c.high, e.high) < 1.0 - 1e-9
      OR least(c.low, e.low) / greatest(c.low, e.low) < 1.0 - 1e-9
      OR least(c.close, e.close) / greatest(c.close, e.close) < 1.0 - 1e-9
    )
  )
ORDER BY ts, symbol
LIMIT :most
