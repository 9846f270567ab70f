-- purpose Keeps which pair each name in a file means: a list in the variable `pairs`.
-- grain   One name as the file has it, and our symbol. Prices are of 10^power coins.
-- takes   :pairs, the list in JSON
-- engine  DuckDB
SET VARIABLE pairs = from_json(:pairs, '[{"name": "VARCHAR", "symbol": "VARCHAR", "power": "INTEGER"}]')
