-- A cell of text as a number. For the DuckDB of an import. An absent cell is null; a text that is no number is NaN, so that
-- its row can be refused.
CREATE OR REPLACE TEMP MACRO number_of(cell) AS
  coalesce(try_cast(cell AS DOUBLE), CASE WHEN trim(cell) <> '' THEN 'NaN'::DOUBLE END)
