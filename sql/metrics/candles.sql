-- purpose Shows open, high, low and close of the bars of a symbol in the time shown or, where that has none, of its
--         newest 500 bars, because recorded markets lie in the past.
-- grain   One bar.
-- takes   $venue, $symbol, $timeframe
-- note    Grafana reports the newest bars as outside the time range and offers to zoom to them.
WITH
shown AS (
  SELECT ts, open, high, low, close
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol' AND $__timeFilter(ts)
),
newest AS (
  SELECT ts, open, high, low, close
  FROM candles_$timeframe
  WHERE venue = '$venue' AND symbol = '$symbol'
  LIMIT -500
)
SELECT ts AS time, open, high, low, close
FROM shown
UNION ALL
SELECT n.ts, n.open, n.high, n.low, n.close
FROM newest n
CROSS JOIN (SELECT count() AS bars FROM shown) s
WHERE s.bars = 0
ORDER BY time
