-- The rows of a part whose draft has been written: all of them are to be taken. For the DuckDB of an import.
-- Parameters: :file, the draft.
CREATE OR REPLACE TEMP VIEW sound_rows AS SELECT * REPLACE (epoch_us(ts) AS ts) FROM read_parquet(:file)
