-- purpose Counts and measures all feature columns in one scan.
-- grain   One row per symbol, ordered by name.
-- takes   {table} of features; {measures}, aggregates of the features; :venue, :symbols; :from and :to, the first and
--         the last bar; :set_hash, the definition in force
-- trap    count_distinct takes no doubles. Logarithms of prices in steps of 1e-12 tell any two of them apart.
SELECT
  symbol,
  count() AS rows,
  cast(min(ts) AS LONG) AS first_bar,
  cast(max(ts) AS LONG) AS last_bar,
  sum(CASE WHEN set_hash = :set_hash THEN 0 ELSE 1 END) AS of_another_definition,
  count_distinct(cast(ln(close) * 1e12 AS LONG)) AS prices,
  {measures}
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
ORDER BY symbol
