-- purpose Lists the tables that still accept writes but no longer show them.
-- grain   One row per suspended table.
SELECT name
FROM wal_tables()
WHERE suspended
