-- The newest measurement of each symbol of a venue.
-- Grain: one row per symbol. Parameters: :venue.
SELECT *
FROM freshness
WHERE venue = :venue
LATEST ON ts PARTITION BY symbol
