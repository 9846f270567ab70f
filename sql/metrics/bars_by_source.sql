-- purpose Tells what the one-minute bars of each symbol were made of, and which time they span.
-- grain   One row per symbol and source, whatever time the dashboard shows.
-- takes   $venue
-- note    `complete_share` is the share of bars that cover their whole minute.
SELECT
  symbol,
  source,
  count() AS bars,
  avg(CASE WHEN complete THEN 1.0 ELSE 0.0 END) AS complete_share,
  min(ts) AS first_bar,
  max(ts) AS newest_bar
FROM candles_1m
WHERE venue = '$venue'
GROUP BY symbol, source
ORDER BY symbol, source
