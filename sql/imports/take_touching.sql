-- purpose Makes the table of rows of other files that end or begin at the same instant as this one empty.
-- grain   One symbol, time and content, with the number of its rows.
-- writes  touching, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE touching (symbol VARCHAR, ts BIGINT, digest VARCHAR, rows BIGINT)
