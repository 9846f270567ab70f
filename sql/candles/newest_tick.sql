-- The newest tick of a venue.
-- Grain: one row. Parameters: :venue.
SELECT max(ts) AS newest
FROM ticks
WHERE venue = :venue
