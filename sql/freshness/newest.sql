-- purpose Reads the newest measurement of each symbol of a venue.
-- grain   One row per symbol.
-- takes   :venue
SELECT *
FROM freshness
WHERE venue = :venue
LATEST ON ts PARTITION BY symbol
