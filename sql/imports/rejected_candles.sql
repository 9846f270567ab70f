-- purpose Reads the refused candles of a part, as they came.
-- grain   One refused row.
-- engine  DuckDB
SELECT symbol, reason, left(raw, 4096) AS raw
FROM candles
WHERE reason IS NOT NULL
