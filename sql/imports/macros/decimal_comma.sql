-- purpose Makes a decimal point of the decimal comma in a cell. A cell that has a point as well becomes unreadable, for
--         nobody knows what it separates.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO decimal_comma(cell) AS
  CASE WHEN contains(cell, '.') THEN cell || '?' ELSE replace(cell, ',', '.') END
