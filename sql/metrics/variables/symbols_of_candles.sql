-- purpose Lists the choices of $symbol on the Market dashboard: symbols of the venue that have bars.
-- grain   One row per symbol.
-- takes   $venue
SELECT DISTINCT symbol
FROM candles_1m
WHERE venue = '$venue'
ORDER BY symbol
