-- Minutes without a bar between the first and the last bar of a symbol.
-- Grain: one hole, `since` and `until` (exclusive) in microseconds. Parameters: :venue, :symbols; bars of [:from, :to); :most,
-- rows at most.
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
