-- Keeps the checked rows of a part, sound and refused, and of the refused ones how they came. For the DuckDB of an import.
CREATE OR REPLACE TEMP TABLE part AS
SELECT * REPLACE (CASE WHEN reason IS NOT NULL THEN raw END AS raw)
FROM checked
