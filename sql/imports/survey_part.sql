-- purpose Tells what names, units of time and stretches of time a part has, before any of its rows is taken.
-- grain   One row per name of an instrument, symbol and unit of time: s, ms, us, ns or text; null stands for times that
--         cannot be read, or whose unit is known. The symbol is null where the name is yet to be understood. Most rows
--         first.
-- reads   surveyed_rows, a view
-- note    `later` and `earlier` count the rows whose time is later or earlier than that of the row before them.
-- engine  DuckDB
SELECT
  name,
  symbol,
  time_unit,
  count(*) AS rows,
  first(raw) AS example,
  min(ts) FILTER (ts > 0) AS first,
  max(ts) FILTER (ts > 0) AS last,
  count(*) FILTER (ts > before) AS later,
  count(*) FILTER (ts < before) AS earlier
FROM (SELECT *, lag(ts) OVER () AS before FROM surveyed_rows)
GROUP BY name, symbol, time_unit
ORDER BY rows DESC
