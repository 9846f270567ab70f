-- purpose Reads the side of the taker from whether the buyer was the maker: then the taker sold. Null where it cannot
--         be read.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO side_of_maker(cell) AS
  CASE
    WHEN lower(cell) IN ('true', 't', '1', 'yes', 'y') THEN 'sell'
    WHEN lower(cell) IN ('false', 'f', '0', 'no', 'n') THEN 'buy'
  END
