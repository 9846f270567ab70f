-- Choices of $symbol on the Market dashboard: symbols of the venue that have bars.
-- Grain: one row per symbol. Variables: $venue.
SELECT DISTINCT symbol
FROM candles_1m
WHERE venue = '$venue'
ORDER BY symbol
