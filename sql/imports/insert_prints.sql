-- Takes a part of an import that has nothing of the book into ticks: columns that are not named cost nothing.
-- Parameters: :file, in the server's import folder; :venue; :source.
INSERT INTO ticks (ts, venue, symbol, source, kind, event_id, price, size, side, received_at)
SELECT ts, :venue, symbol, :source, kind, event_id, price, size, side, received_at
FROM read_parquet(:file)
