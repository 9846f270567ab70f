-- purpose Tells how old the newest data of each symbol was when it was last measured, and how long ago that was.
-- grain   One row per symbol, whatever time the dashboard shows.
-- takes   $venue
-- note    Ages are on the clock of the market, which is the wall clock for a live market. A small age that was measured
--         long ago means that nobody measures.
SELECT
  symbol,
  coalesce(tick_age_seconds, candle_age_seconds) AS age_seconds,
  tick_age_seconds,
  candle_age_seconds,
  lag_ms,
  stale,
  newest_tick,
  newest_candle,
  datediff('s', measured_at, now()) AS measured_seconds_ago
FROM freshness
WHERE venue = '$venue'
LATEST ON ts PARTITION BY symbol
ORDER BY symbol
