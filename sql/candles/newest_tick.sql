-- purpose Finds the newest tick of a venue.
-- grain   One row, or none where there is no tick.
-- takes   :venue
SELECT ts AS newest
FROM ticks
WHERE venue = :venue
LIMIT -1
