-- A time in microseconds, or -1 outside of the years 2001 to 2099, so that its row can be refused. For the DuckDB of an import.
CREATE OR REPLACE TEMP MACRO micros_in_range(micros) AS
  CASE WHEN micros IS NULL THEN NULL WHEN micros BETWEEN 1e15 AND 4.1e15 THEN micros::BIGINT ELSE -1 END
