-- Which database this is: no two were begun in the same microsecond, and a copy or a restored backup is still the same one.
-- Grain: one row.
SELECT min(ts) AS begun
FROM schema_migrations
