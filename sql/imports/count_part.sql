-- purpose Counts the rows of the current part, those of them that are refused, and the sound ones that people should
--         know of.
-- grain   One row.
-- engine  DuckDB
SELECT count(*) AS rows, count(reason) AS refused, count(*) FILTER (remarked AND reason IS NULL) AS remarked FROM part
