-- The newest tick of a venue.
-- Grain: one row, none where there is no tick. Parameters: :venue.
SELECT ts AS newest
FROM ticks
WHERE venue = :venue
LIMIT -1
