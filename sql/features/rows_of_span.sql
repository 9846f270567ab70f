-- purpose Counts the rows of the current definition that stand where a statement was to write them.
-- grain   One row.
-- takes   {table}; :venue, :symbols; :from and :until, the first and the last bar; :set_hash
SELECT count() AS rows
FROM {table}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :from AND :until
  AND set_hash = :set_hash
