-- purpose Counts the trades that stored_trades.sql would read.
-- grain   One row.
-- takes   :venue, :symbols; :from and :to, both inclusive; :began, when the import began: its own rows are left out
SELECT count() AS rows
FROM ticks
WHERE venue = :venue AND symbol IN :symbols AND kind = 'trade' AND ts BETWEEN :from AND :to AND received_at <> :began
