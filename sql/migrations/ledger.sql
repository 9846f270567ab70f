-- purpose Reads the checksum under which each migration was applied last.
-- grain   One row per migration.
SELECT
  name,
  last(checksum) AS checksum
FROM schema_migrations
