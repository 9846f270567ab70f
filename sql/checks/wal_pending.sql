-- purpose Tells which of some tables still have writes that queries cannot see.
-- grain   One row per table.
-- takes   :tables, their names
SELECT
  name,
  suspended,
  sequencerTxn - writerTxn AS pending
FROM wal_tables()
WHERE name IN :tables
