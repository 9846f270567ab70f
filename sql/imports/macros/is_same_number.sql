-- purpose Compares two numbers but for the rounding of a conversion to base coin. Two absent ones are the same.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO is_same_number(a, b) AS
  CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b) <= 1e-9 * abs(a) END
