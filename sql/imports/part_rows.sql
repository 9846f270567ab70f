-- How many rows the current part has. For the DuckDB of an import.
SELECT count(*) AS rows FROM part
