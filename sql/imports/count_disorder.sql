-- purpose Counts the rows of a part that stand after a row of a later time.
-- grain   One row.
-- engine  DuckDB
SELECT count(*) AS back FROM (SELECT ts < lag(ts) OVER () AS back FROM sound_rows) WHERE back
