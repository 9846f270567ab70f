-- purpose Finds bars that cover only a part of their minute and that no other source has replaced, by UTC day.
-- grain   One row per symbol and day that has any. Times are in microseconds.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive); :most, how many rows at most
-- note    The first and the last minute of imported files are partial by nature, and left out.
SELECT
  c.symbol AS symbol,
  timestamp_floor('d', c.ts) AS day,
  count() AS bars,
  cast(min(c.ts) AS LONG) AS since,
  cast(dateadd('m', 1, max(c.ts)) AS LONG) AS until
FROM (
  SELECT ts, symbol
  FROM candles_1m
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to AND NOT complete
) c
LEFT JOIN (
  SELECT DISTINCT symbol, timestamp_floor('1m', since) AS minute
  FROM (
    SELECT symbol, event, cause, since
    FROM gaps
    WHERE venue = :venue AND symbol IN :symbols
    LATEST ON ts PARTITION BY gap_id
  )
  WHERE event <> 'healed' AND cause = 'edge of file'
) e ON e.symbol = c.symbol AND e.minute = c.ts
WHERE e.minute IS NULL
ORDER BY day, symbol
LIMIT :most
