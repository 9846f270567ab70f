-- purpose Passes on a time in microseconds that lies in the years 2001 to 2099. Any other time becomes -1, so that its
--         row can be refused.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO micros_in_range(micros) AS
  CASE WHEN micros IS NULL THEN NULL WHEN micros BETWEEN 1e15 AND 4.1e15 THEN micros::BIGINT ELSE -1 END
