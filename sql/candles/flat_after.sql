-- The last of the flat bars that follow a minute: they stand at its close and change with it.
-- Grain: one row, `ts` in microseconds, null where no flat bar follows. Parameters: :venue, :symbols, :to, where the
-- minutes that are made again end. Looks a day ahead.
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
