-- From when to when there are feature rows.
-- Grain: one row; times in microseconds. Parameters: {table}, of features; :venue, :symbols; :from and :to, first and last
-- bar.
SELECT count() AS rows, cast(min(ts) AS LONG) AS first_bar, cast(max(ts) AS LONG) AS last_bar
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
