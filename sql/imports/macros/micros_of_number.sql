-- A time as a number of any unit, in microseconds. For the DuckDB of an import. Seconds, milli-, micro- and nanoseconds of
-- the years 2001 to 2099 do not overlap; anything else is -1, so that its row can be refused.
CREATE OR REPLACE TEMP MACRO micros_of_number(number) AS
  CASE
    WHEN number IS NULL THEN NULL
    WHEN number BETWEEN 1000000000000 AND 4100000000000 THEN (number * 1000)::BIGINT
    WHEN number BETWEEN 1000000000000000 AND 4100000000000000 THEN number::BIGINT
    WHEN number BETWEEN 1000000000 AND 4100000000 THEN (number * 1000000)::BIGINT
    WHEN number BETWEEN 1000000000000000000 AND 4100000000000000000 THEN (number / 1000)::BIGINT
    ELSE -1
  END
