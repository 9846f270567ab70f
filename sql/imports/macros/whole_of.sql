-- purpose Gives the whole part of a cell that is a number, without rounding it. Null where it is none.
-- trap    A cast of a text with decimals to an integer rounds it.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO whole_of(cell) AS
  CASE
    WHEN NOT contains(cell, '.') THEN try_cast(cell AS BIGINT)
    WHEN regexp_full_match(cell, '\d+\.\d*') THEN try_cast(split_part(cell, '.', 1) AS BIGINT)
  END
