-- purpose Puts a part in the order of time.
-- grain   One row of the archive.
-- writes  part, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM part ORDER BY ts, seq
