-- purpose Reads the feature rows of one bar as they are stored.
-- grain   One row per symbol.
-- takes   {table} of features; :venue, :symbols; :ts, the bar
SELECT *
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts = :ts
ORDER BY symbol
