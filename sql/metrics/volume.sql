-- purpose Shows the volume of the bars of a symbol in base coin, for the same bars as candles.sql.
-- grain   One bar.
-- takes   $venue, $symbol, $timeframe
WITH
shown AS (
  SELECT ts, volume
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol' AND $__timeFilter(ts)
),
newest AS (
  SELECT ts, volume
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol'
  LIMIT -500
)
SELECT ts AS time, volume
FROM shown
UNION ALL
SELECT n.ts, n.volume
FROM newest n
CROSS JOIN (SELECT count() AS bars FROM shown) s
WHERE s.bars = 0
ORDER BY time
