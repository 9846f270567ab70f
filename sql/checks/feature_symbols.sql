-- purpose Lists the symbols of a venue that have rows in a table of features.
-- grain   One row per symbol, ordered by name.
-- takes   {table}; :venue; :from and :to, the first and the last bar
SELECT DISTINCT symbol
FROM {table}
WHERE venue = :venue AND ts BETWEEN :from AND :to
ORDER BY symbol
