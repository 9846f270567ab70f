-- purpose Takes a part of an import that has no columns of the order book into ticks.
-- grain   One tick.
-- writes  ticks
-- takes   :file, in the import folder of the server; :venue, :source
-- note    Columns that an INSERT does not name cost nothing.
INSERT INTO ticks (ts, venue, symbol, source, kind, event_id, price, size, side, seq, received_at)
SELECT ts, :venue, symbol, :source, kind, event_id, price, size, side, seq, received_at
FROM read_parquet(:file)
