-- purpose Remembers the rows in the first and in the last second of a part, for numbering the next part.
-- grain   One symbol, time and content, with the number of its rows.
-- writes  edges, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE edges AS
SELECT symbol, ts, digest, max(ordinal) + 1 AS rows
FROM part, (SELECT min(ts) AS first, max(ts) AS last FROM part WHERE reason IS NULL)
WHERE reason IS NULL AND (ts <= first + 1000000 OR ts >= last - 1000000)
GROUP BY symbol, ts, digest
