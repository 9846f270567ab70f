-- How many rows the draft of a part has, how many of them are to be refused, and how many people should know of.
-- For the DuckDB of an import.
SELECT count(*) AS rows, count(reason) AS refused, count(*) FILTER (remarked) AS remarked FROM sound_rows
