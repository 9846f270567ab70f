-- purpose Counts and measures all feature columns in one scan.
-- grain   One row per symbol, ordered by name.
-- takes   {table} of features; {measures}, aggregates of the features; :venue, :symbols; :from and :to, the first and
--         the last bar; :set_hash, the definition in force
SELECT
  symbol,
  count() AS rows,
  cast(min(ts) AS LONG) AS first_bar,
  cast(max(ts) AS LONG) AS last_bar,
  sum(CASE WHEN set_hash = :set_hash THEN 0 ELSE 1 END) AS of_another_definition,
  min(close) AS min_close,
  max(close) AS max_close,
  {measures}
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
ORDER BY symbol
