-- purpose Reads the rows of a part from its draft, once that has been written. All of them are to be taken, unless
--         count_draft.sql finds one that is refused.
-- grain   One row of the archive.
-- writes  sound_rows, a view
-- takes   :file, the draft
-- engine  DuckDB
CREATE OR REPLACE TEMP VIEW sound_rows AS SELECT * REPLACE (epoch_us(ts) AS ts) FROM read_parquet(:file)
