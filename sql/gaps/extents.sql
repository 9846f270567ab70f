-- purpose Finds the first and the last event of each symbol of a venue.
-- grain   One row per symbol. Times are in microseconds.
-- takes   :venue
SELECT symbol, cast(min(ts) AS LONG) AS first, cast(max(ts) AS LONG) AS last
FROM ticks
WHERE venue = :venue
