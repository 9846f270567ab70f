-- purpose Multiplies a cell of decimal text by a power of ten and gives the double that is nearest to the exact
--         product.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO shifted(cell, power) AS
  CASE
    WHEN trim(cell) <> '' THEN coalesce(
      CASE
        WHEN power = 0 THEN try_cast(cell AS DOUBLE)
        WHEN contains(lower(cell), 'e') THEN try_cast(
          split_part(lower(cell), 'e', 1) || 'e' || (try_cast(split_part(lower(cell), 'e', 2) AS INTEGER) + power)
          AS DOUBLE
        )
        ELSE try_cast(cell || 'e' || power AS DOUBLE)
      END,
      'NaN'::DOUBLE
    )
  END
