-- Records an applied migration. Parameters: :name, :checksum.
INSERT INTO schema_migrations (ts, name, checksum)
VALUES (now(), :name, :checksum)
