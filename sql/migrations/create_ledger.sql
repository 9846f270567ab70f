-- purpose Makes the ledger of applied migrations, to which rows are only ever added.
-- grain   One application of one migration.
CREATE TABLE IF NOT EXISTS schema_migrations (
  ts TIMESTAMP,
  name VARCHAR,
  checksum VARCHAR
) TIMESTAMP(ts) PARTITION BY YEAR WAL
