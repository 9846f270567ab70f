-- A cell of text as a number. For the DuckDB of an import. An absent cell is null; a text that is no number is NaN, so that
-- its row can be refused.
CREATE OR REPLACE TEMP MACRO number_of(cell) AS
  CASE WHEN trim(cell) <> '' THEN coalesce(try_cast(cell AS DOUBLE), 'NaN'::DOUBLE) END
