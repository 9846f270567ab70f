-- purpose Finds what there is to check: from when to when each symbol of each venue has ticks or bars.
-- grain   One row per venue and symbol. Times are in microseconds. `until` is exclusive and a whole minute.
SELECT
  venue,
  symbol,
  cast(min(first) AS LONG) AS since,
  cast(dateadd('m', 1, timestamp_floor('1m', max(last))) AS LONG) AS until
FROM (
  SELECT venue, symbol, min(ts) AS first, max(ts) AS last FROM ticks
  UNION ALL
  SELECT venue, symbol, min(ts) AS first, max(ts) AS last FROM candles_1m
  UNION ALL
  SELECT venue, symbol, min(ts) AS first, max(ts) AS last FROM exchange_candles
)
ORDER BY venue, symbol
