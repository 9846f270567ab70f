-- Puts a part in order of time. For the DuckDB of an import.
CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM part ORDER BY ts
