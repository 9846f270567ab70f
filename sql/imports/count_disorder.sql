-- How many rows of a part come after one of a later time. For the DuckDB of an import.
SELECT count(*) AS back FROM (SELECT ts < lag(ts) OVER () AS back FROM sound_rows) WHERE back
