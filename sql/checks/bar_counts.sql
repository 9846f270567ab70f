-- purpose Counts the bars that a check of volumes or of gaps has before it.
-- grain   One row.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive)
-- note    `of_ticks` counts bars made of complete ticks, `partial` bars made of ticks that cover a part of the minute,
--         and `stated` bars made of complete ticks for which the exchange states a bar too.
SELECT
  count() AS bars,
  sum(CASE WHEN c.source = 'closer' AND c.complete THEN 1 ELSE 0 END) AS of_ticks,
  sum(CASE WHEN c.source = 'closer' AND NOT c.complete THEN 1 ELSE 0 END) AS partial,
  sum(CASE WHEN c.source = 'closer' AND c.complete AND e.ts IS NOT NULL THEN 1 ELSE 0 END) AS stated
FROM (
  SELECT ts, symbol, source, complete
  FROM candles_1m
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
) c
LEFT JOIN (
  SELECT ts, symbol
  FROM exchange_candles
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
) e ON e.ts = c.ts AND e.symbol = c.symbol
