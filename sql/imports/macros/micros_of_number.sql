-- purpose Makes microseconds of a time that is a number in any unit. Seconds, milliseconds, microseconds and
--         nanoseconds of the years 2001 to 2099 do not overlap. Any other number becomes -1, so that its row can be
--         refused.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO micros_of_number(number) AS
  CASE
    WHEN number IS NULL THEN NULL
    WHEN number BETWEEN 1000000000000 AND 4100000000000 THEN (number * 1000)::BIGINT
    WHEN number BETWEEN 1000000000000000 AND 4100000000000000 THEN number::BIGINT
    WHEN number BETWEEN 1000000000 AND 4100000000 THEN (number * 1000000)::BIGINT
    WHEN number BETWEEN 1000000000000000000 AND 4100000000000000000 THEN (number / 1000)::BIGINT
    ELSE -1
  END
