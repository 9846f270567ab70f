-- purpose Finds bars of which a table of features has more than one row. DEDUP keeps that from happening where it is
--         enabled.
-- grain   One row per stored row that follows another one of the same bar. `ts` is in microseconds.
-- takes   {table}; :venue, :symbols; :from and :to, the first and the last bar
-- note    The rows of a bar are neighbours within their symbol, because the table is in the order of time.
SELECT cast(ts AS LONG) AS ts, symbol
FROM (
  SELECT ts, symbol, lag(ts) OVER (PARTITION BY symbol ORDER BY ts) AS previous
  FROM {table}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
)
WHERE ts = previous
ORDER BY ts, symbol
