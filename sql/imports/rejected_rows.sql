-- The first refused rows of a part, as they came. For the DuckDB of an import. Parameters: :most, how many.
SELECT
  CASE WHEN regexp_full_match(symbol, '[A-Z0-9]+-[A-Z0-9]+') THEN symbol END AS symbol,
  reason,
  left(raw, 4096) AS raw
FROM part
WHERE reason IS NOT NULL
LIMIT :most
