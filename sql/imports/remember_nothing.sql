-- purpose Makes the table of remembered rows empty, because before the first part there is nothing to remember.
-- grain   One symbol, time and content, with the number of its rows.
-- writes  edges, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE edges (symbol VARCHAR, ts BIGINT, digest VARCHAR, rows BIGINT)
