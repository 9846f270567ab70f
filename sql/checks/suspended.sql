-- Tables that take writes but no longer show them.
-- Grain: one row per suspended table.
SELECT name
FROM wal_tables()
WHERE suspended
