-- purpose Counts the rows of the current part of an archive of candles, refused ones included.
-- grain   One row.
-- engine  DuckDB
SELECT count(*) AS rows FROM candles
