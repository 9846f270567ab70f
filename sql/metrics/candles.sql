-- Open, high, low and close of a symbol's bars in the time shown; where that has none, its newest 500 bars, which Grafana
-- reports as outside the time range and offers to zoom to. Recorded markets lie in the past.
-- Grain: one bar. Variables: $venue, $symbol, $timeframe.
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
