-- purpose Picks the sound rows of a part that has been kept, without trades that are known already.
-- grain   One row of the archive.
-- writes  sound_rows, a view
-- engine  DuckDB
CREATE OR REPLACE TEMP VIEW sound_rows AS SELECT * FROM part WHERE reason IS NULL AND fate <> 'duplicate'
