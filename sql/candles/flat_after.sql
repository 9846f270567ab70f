-- purpose Finds the last of the flat bars that follow the minutes which are made again. These bars stand at the close
--         of the last of those minutes and change with it.
-- grain   One row. `ts` is in microseconds, and null where no flat bar follows.
-- takes   :venue, :symbols; :to, the end of the minutes that are made again
-- note    It looks one day ahead.
WITH
later AS (
  SELECT ts, symbol, source <> 'closer' OR trades > 0 OR quotes > 0 AS printed
  FROM candles_1m
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :to AND ts < dateadd('d', 1, :to)
),
ends AS (
  SELECT symbol, min(ts) AS ts
  FROM later
  WHERE printed
)
SELECT cast(max(l.ts) AS LONG) AS ts
FROM later l
LEFT JOIN ends e ON e.symbol = l.symbol
WHERE e.ts IS NULL OR l.ts < e.ts
