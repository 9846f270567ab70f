-- Remembers the rows at either edge of a part, a second wide, for numbering the next one. For the DuckDB of an import.
CREATE OR REPLACE TEMP TABLE edges AS
SELECT symbol, ts, digest, max(ordinal) + 1 AS rows
FROM part, (SELECT min(ts) AS first, max(ts) AS last FROM part WHERE reason IS NULL)
WHERE reason IS NULL AND (ts <= first + 1000000 OR ts >= last - 1000000)
GROUP BY symbol, ts, digest
