-- purpose Counts the rows of the current part, those of them that are refused, the sound ones that people should
--         know of, and those whose id another row has.
-- grain   One row.
-- engine  DuckDB
SELECT
  count(*) AS rows,
  count(reason) AS refused,
  count(*) FILTER (remarked AND reason IS NULL) AS remarked,
  count(*) FILTER (reason IS NULL) - count(DISTINCT hash(symbol, kind, event_id)) FILTER (reason IS NULL) AS repeated
FROM part
