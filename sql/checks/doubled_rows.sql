-- Bars of which a table of features has more than one row. DEDUP keeps that from happening where it is enabled.
-- Grain: one row that follows another of the same bar; `ts` in microseconds. Parameters: {table}; :venue, :symbols; :from and
-- :to, first and last bar. Rows of a bar are neighbours within their symbol, for the table is in the order of time.
SELECT cast(ts AS LONG) AS ts, symbol
FROM (
  SELECT ts, symbol, lag(ts) OVER (PARTITION BY symbol ORDER BY ts) AS previous
  FROM {table}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
)
WHERE ts = previous
ORDER BY ts, symbol
