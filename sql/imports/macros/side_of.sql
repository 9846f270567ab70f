-- purpose Reads the side of the taker as people write it, in any case. Null where it cannot be read.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO side_of(cell) AS
  CASE
    WHEN lower(cell) IN ('buy', 'b', 'bid', 'buyer', '1', '+1', '1.0') THEN 'buy'
    WHEN lower(cell) IN ('sell', 's', 'ask', 'a', 'seller', '-1', '−1', '-1.0') THEN 'sell'
  END
