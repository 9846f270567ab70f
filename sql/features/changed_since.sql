-- The first bar of a venue that became known since a moment.
-- Grain: one row, or none. Parameters: {timeframe}; :venue; :since, the first bar-open time that is looked at; :known_since.
SELECT min(ts) AS first_bar
FROM candles_{timeframe}
WHERE venue = :venue AND ts >= :since AND known_at >= :known_since AND complete
