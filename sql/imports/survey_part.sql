-- purpose Tells what names and units of time a part has, before any of its rows is taken.
-- grain   One row per name of an instrument and unit of time: s, ms, us, ns or text; null stands for times that cannot
--         be read, or whose unit is known. Most rows first.
-- reads   surveyed_rows, a view
-- engine  DuckDB
SELECT name, time_unit, count(*) AS rows, first(raw) AS example
FROM surveyed_rows
GROUP BY name, time_unit
ORDER BY rows DESC
