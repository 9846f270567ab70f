-- purpose Makes the table of known trades empty.
-- grain   One trade. `base_id` is its id without the number of one that reuses it.
-- writes  known_trades, a table
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE known_trades (
  symbol VARCHAR,
  base_id VARCHAR,
  ts BIGINT,
  price DOUBLE,
  size DOUBLE,
  side VARCHAR
)
