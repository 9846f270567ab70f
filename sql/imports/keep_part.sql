-- purpose Keeps the checked rows of a part, sound and refused, and the original text of the refused ones.
-- grain   One row of the archive.
-- writes  part, a table
-- reads   checked, a view
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE part AS
SELECT * REPLACE (CASE WHEN reason IS NOT NULL THEN raw END AS raw), 'new' AS fate
FROM checked
