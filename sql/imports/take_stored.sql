-- purpose Adds to the known trades those that QuestDB has of the time of the part.
-- grain   One trade.
-- writes  known_trades
-- takes   :file, what QuestDB has exported
-- engine  DuckDB
INSERT INTO known_trades
SELECT symbol, regexp_replace(event_id, '~[0-9]+$', ''), ts, price, size, side
FROM read_parquet(:file)
