-- purpose Shows order flow: the share that takers bought of the volume whose taker side is known, for the same bars as
--         candles.sql.
-- grain   One bar.
-- takes   $venue, $symbol, $timeframe
-- note    `buy_share` is null where nothing was traded, and in bars whose order flow is not known.
WITH
shown AS (
  SELECT ts, coalesce(sided_volume, volume) AS volume, buy_volume
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol' AND $__timeFilter(ts)
),
newest AS (
  SELECT ts, coalesce(sided_volume, volume) AS volume, buy_volume
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol'
  LIMIT -500
)
SELECT ts AS time, buy_volume / volume AS buy_share
FROM shown
UNION ALL
SELECT n.ts, n.buy_volume / n.volume
FROM newest n
CROSS JOIN (SELECT count() AS bars FROM shown) s
WHERE s.bars = 0
ORDER BY time
