-- The checksum under which each migration was applied last.
-- Grain: one row per migration.
SELECT
  name,
  last(checksum) AS checksum
FROM schema_migrations
