-- purpose Lists the venues that have bars.
-- grain   One row per venue.
SELECT venue, count() AS bars, max(ts) AS last_bar
FROM candles_1m
ORDER BY bars DESC
