-- purpose Keeps which pair each name in a file means.
-- grain   One name as the file has it. Its prices are of 10^power coins.
-- writes  instruments, a table
-- takes   :pairs, a list in JSON
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE instruments AS
SELECT pair.name AS instrument_name, pair.symbol AS instrument_symbol, pair.power AS instrument_power
FROM (
  SELECT unnest(from_json(:pairs, '[{"name": "VARCHAR", "symbol": "VARCHAR", "power": "INTEGER"}]')) AS pair
)
