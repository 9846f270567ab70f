-- purpose Multiplies a cell of decimal text by a power of ten and gives the double that is nearest to the exact
--         product.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO shifted(cell, power) AS
  CASE
    WHEN trim(cell) <> '' THEN coalesce(try_cast(CASE WHEN power = 0 THEN cell ELSE cell || 'e' || power END AS DOUBLE), 'NaN'::DOUBLE)
  END
