-- purpose Finds the first trade of a symbol after a time.
-- grain   One row, or none.
-- takes   :venue, :symbol; :at, exclusive
SELECT cast(ts AS LONG) AS ts
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND kind = 'trade' AND ts > :at
LIMIT 1
