-- purpose Reads the first refused rows of a part, as they came.
-- grain   One refused row.
-- takes   :most, how many rows at most
-- engine  DuckDB
SELECT
  CASE WHEN regexp_full_match(symbol, '[A-Z0-9]+-[A-Z0-9]+') THEN symbol END AS symbol,
  reason,
  left(raw, 4096) AS raw
FROM part
WHERE reason IS NOT NULL
LIMIT :most
