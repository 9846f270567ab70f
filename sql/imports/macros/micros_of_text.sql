-- purpose Makes microseconds of a time in ISO 8601, UTC where it states no zone, with all its decimals. A time outside
--         the years 2001 to 2099 becomes -1, so that its row can be refused.
-- note    More than six decimals are cut off by DuckDB.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO micros_of_text(cell) AS micros_in_range(epoch_us(try_cast(cell AS TIMESTAMPTZ)))
