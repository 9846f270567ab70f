-- How many rows the current part has, how many of them are refused, and how many of the sound ones people should know of.
-- For the DuckDB of an import.
SELECT count(*) AS rows, count(reason) AS refused, count(*) FILTER (remarked AND reason IS NULL) AS remarked FROM part
