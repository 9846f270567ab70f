-- The symbols of a venue that have rows in a table of features.
-- Grain: one row per symbol, by name. Parameters: {table}; :venue; :from and :to, first and last bar.
SELECT DISTINCT symbol
FROM {table}
WHERE venue = :venue AND ts BETWEEN :from AND :to
ORDER BY symbol
