-- purpose Finds the minutes without a bar between the first and the last bar of a symbol.
-- grain   One row per hole. `since` and `until` (exclusive) are in microseconds.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive); :most, how many rows at most
SELECT
  symbol,
  cast(dateadd('m', 1, previous) AS LONG) AS since,
  cast(ts AS LONG) AS until
FROM (
  SELECT ts, symbol, lag(ts) OVER (PARTITION BY symbol ORDER BY ts) AS previous
  FROM candles_1m
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
)
WHERE previous IS NOT NULL AND datediff('m', previous, ts) > 1
ORDER BY since, symbol
LIMIT :most
