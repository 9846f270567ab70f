-- purpose Counts the rows in the draft of a part, those of them that are to be refused, those that people should know
--         of, and those whose id another row has.
-- grain   One row.
-- engine  DuckDB
SELECT
  count(*) AS rows,
  count(reason) AS refused,
  count(*) FILTER (remarked) AS remarked,
  count(*) - count(DISTINCT hash(symbol, kind, event_id)) AS repeated
FROM sound_rows
