-- Feature rows as they are stored, of one bar.
-- Grain: one symbol. Parameters: {table}, of features; :venue, :symbols; :ts, the bar.
SELECT *
FROM {table}
WHERE venue = :venue AND symbol IN :symbols AND ts = :ts
ORDER BY symbol
