-- Counts and moments of all feature columns in one scan.
-- Grain: one row per symbol, by name. Parameters: {table}, of features; :venue, :symbols; :from and :to, first and last bar;
-- :set_hash, the definition in force; {measures}, aggregates of the features.
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
