-- purpose Tells when the newest signal of a venue was made, and of which bar it is.
-- grain   One row.
-- takes   :venue; :since, how far back to look
SELECT max(ts) AS ts, max(created_at) AS created_at
FROM signals
WHERE venue = :venue AND ts >= :since AND NOT absent
