-- purpose Makes a number of a cell of text. An absent cell is null. A text that is no number is NaN, so that its row
--         can be refused.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO number_of(cell) AS
  coalesce(try_cast(cell AS DOUBLE), CASE WHEN trim(cell) <> '' THEN 'NaN'::DOUBLE END)
