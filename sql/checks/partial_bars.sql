-- Bars that cover only a part of their minute and that no other source has replaced, day by day.
-- Grain: one row per symbol and UTC day that has any; times in microseconds. Parameters: :venue, :symbols; bars of
-- [:from, :to); :most, rows at most.
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
