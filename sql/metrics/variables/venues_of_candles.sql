-- purpose Lists the choices of $venue on the Market dashboard: venues that have bars, the one with the newest bar
--         first.
-- grain   One row per venue.
SELECT venue
FROM (SELECT venue, max(ts) AS newest FROM candles_1m GROUP BY venue)
ORDER BY newest DESC
