-- purpose Tells the unit of a time that is a number by its size: seconds, milliseconds, microseconds and nanoseconds of
--         the years 2001 to 2099 do not overlap. Null for any other number.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO time_unit(whole) AS
  CASE
    WHEN whole BETWEEN 1000000000000 AND 4100000000000 THEN 'ms'
    WHEN whole BETWEEN 1000000000000000 AND 4100000000000000 THEN 'us'
    WHEN whole BETWEEN 1000000000 AND 4100000000 THEN 's'
    WHEN whole BETWEEN 1000000000000000000 AND 4100000000000000000 THEN 'ns'
  END
