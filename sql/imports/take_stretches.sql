-- purpose Makes the table of what the survey of a file has found empty, so that it can be filled for the next file.
-- grain   One symbol, with the times of its first and its last event.
-- writes  stretches, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE stretches (symbol VARCHAR, first BIGINT, last BIGINT)
