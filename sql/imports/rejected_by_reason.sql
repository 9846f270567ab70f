-- How many rows of a part were refused. Grain: one reason. For the DuckDB of an import.
SELECT reason, count(*) AS rows, min(left(raw, 200)) AS example
FROM part
WHERE reason IS NOT NULL
GROUP BY reason
