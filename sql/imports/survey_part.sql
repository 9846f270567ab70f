-- purpose Tells how the times of a part are written, before any of its rows is taken.
-- grain   One row per unit of time: s, ms, us, ns or text; null stands for times that cannot be read. Most rows first.
-- reads   surveyed_rows, a view
-- engine  DuckDB
SELECT time_unit, count(*) AS rows, first(raw) AS example
FROM surveyed_rows
GROUP BY time_unit
ORDER BY rows DESC
