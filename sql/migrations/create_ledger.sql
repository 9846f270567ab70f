-- The ledger of applied migrations. Append-only.
CREATE TABLE IF NOT EXISTS schema_migrations (
  ts TIMESTAMP,
  name VARCHAR,
  checksum VARCHAR
) TIMESTAMP(ts) PARTITION BY YEAR WAL
