-- purpose Compares two times in microseconds, of which one may be cut off to milliseconds or seconds.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO is_same_time(a, b) AS
  a = b OR a = b - b % 1000 OR b = a - a % 1000 OR a = b - b % 1000000 OR b = a - a % 1000000
