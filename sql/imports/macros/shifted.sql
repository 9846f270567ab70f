-- A cell of decimal text times a power of ten, as the double nearest to the exact product. For the DuckDB of an import.
CREATE OR REPLACE TEMP MACRO shifted(cell, power) AS
  CASE
    WHEN trim(cell) <> '' THEN coalesce(try_cast(CASE WHEN power = 0 THEN cell ELSE cell || 'e' || power END AS DOUBLE), 'NaN'::DOUBLE)
  END
