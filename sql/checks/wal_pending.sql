-- Which of these tables still have writes that queries cannot see.
-- Grain: one row per table. Parameters: :tables, names.
SELECT
  name,
  suspended,
  sequencerTxn - writerTxn AS pending
FROM wal_tables()
WHERE name IN :tables
