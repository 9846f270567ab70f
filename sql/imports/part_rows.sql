-- How many rows the current part has, and how many of the sound ones people should know of. For the DuckDB of an import.
SELECT count(*) AS rows, count(*) FILTER (remarked AND reason IS NULL) AS remarked FROM part
