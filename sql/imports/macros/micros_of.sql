-- purpose Makes microseconds of a time that is a number in a unit: its whole part, and the digits of its fraction as
--         text, of which as many count as make microseconds. The rest is cut off, never rounded. A time outside the
--         years 2001 to 2099 becomes -1, so that its row can be refused.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO micros_of(whole, fraction, unit) AS
  CASE
    WHEN whole IS NULL THEN NULL
    WHEN unit IS NULL OR time_unit(whole) IS DISTINCT FROM unit THEN -1
    WHEN unit = 'ms' THEN whole * 1000 + CASE WHEN fraction = '' THEN 0 ELSE rpad(fraction, 3, '0')::BIGINT END
    WHEN unit = 'us' THEN whole
    WHEN unit = 's' THEN whole * 1000000 + CASE WHEN fraction = '' THEN 0 ELSE rpad(fraction, 6, '0')::BIGINT END
    WHEN unit = 'ns' THEN whole // 1000
  END
