-- The venues that have bars.
-- Grain: one row per venue.
SELECT venue, count() AS bars, max(ts) AS last_bar
FROM candles_1m
ORDER BY bars DESC
