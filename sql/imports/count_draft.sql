-- purpose Counts the rows in the draft of a part, those of them that are to be refused, and those that people should
--         know of.
-- grain   One row.
-- engine  DuckDB
SELECT count(*) AS rows, count(reason) AS refused, count(*) FILTER (remarked) AS remarked FROM sound_rows
