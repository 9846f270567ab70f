-- purpose Finds the first feature rows of runs: those that do not follow the row of the bar before.
-- grain   One row per bar that has such a feature row. `ts` is in microseconds.
-- takes   {table} of features; :venue, :symbols; :from and :to, the first and the last bar; :bar_seconds, the length of
--         a bar; :most, how many rows at most
SELECT DISTINCT cast(ts AS LONG) AS ts
FROM (
  SELECT ts, lag(ts) OVER (PARTITION BY symbol ORDER BY ts) AS previous
  FROM {table}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
)
WHERE previous IS NULL OR datediff('s', previous, ts) > :bar_seconds
ORDER BY ts
LIMIT :most
