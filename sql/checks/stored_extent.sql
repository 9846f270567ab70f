-- purpose Finds from when to when there are feature rows, and how many.
-- grain   One row. Times are in microseconds.
-- takes   {table} of features; :venue, :symbols; :from and :to, the first and the last bar
SELECT count() AS rows, cast(min(ts) AS LONG) AS first_bar, cast(max(ts) AS LONG) AS last_bar
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
