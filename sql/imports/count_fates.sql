-- purpose Counts the trades of a part that are known already, and those that are new though their id is not.
-- grain   One row.
-- reads   part
-- engine  DuckDB
SELECT
  count(*) FILTER (fate = 'duplicate') AS duplicates,
  count(*) FILTER (fate = 'reused') AS reused
FROM part
