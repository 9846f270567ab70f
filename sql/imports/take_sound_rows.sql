-- The sound rows of a part that has been kept. For the DuckDB of an import.
CREATE OR REPLACE TEMP VIEW sound_rows AS SELECT * FROM part WHERE reason IS NULL
