-- purpose Records an applied migration.
-- grain   One application of one migration.
-- writes  schema_migrations
-- takes   :name, :checksum
INSERT INTO schema_migrations (ts, name, checksum)
VALUES (now(), :name, :checksum)
