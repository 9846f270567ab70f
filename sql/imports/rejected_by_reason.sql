-- purpose Counts the rows of a part that were refused, by reason.
-- grain   One row per reason.
-- engine  DuckDB
SELECT reason, count(*) AS rows, min(left(raw, 200)) AS example
FROM part
WHERE reason IS NOT NULL
GROUP BY reason
