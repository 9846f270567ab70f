-- purpose Finds bars that cover only a part of their minute and that no other source has replaced, by UTC day.
-- grain   One row per symbol and day that has any. Times are in microseconds.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive); :most, how many rows at most
SELECT
  symbol,
  timestamp_floor('d', ts) AS day,
  count() AS bars,
  cast(min(ts) AS LONG) AS since,
  cast(dateadd('m', 1, max(ts)) AS LONG) AS until
FROM candles_1m
WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to AND NOT complete
ORDER BY day, symbol
LIMIT :most
