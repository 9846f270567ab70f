-- purpose Finds from when to when the newest stored features of a symbol are, and how many.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbol; :bars, how many rows at most
SELECT count() AS rows, min(ts) AS first_bar, max(ts) AS last_bar
FROM (
  SELECT ts
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol = :symbol
  LIMIT -:bars
)
