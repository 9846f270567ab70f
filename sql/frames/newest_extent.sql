-- purpose Finds from when to when the newest stored features of a symbol are, and how many.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbol; :bars, how many rows at most
-- trap    A negative LIMIT, which takes the last rows, goes no further than 10,000.
SELECT count() AS rows, min(ts) AS first_bar, max(ts) AS last_bar
FROM (
  SELECT ts
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol = :symbol
  ORDER BY ts DESC
  LIMIT :bars
)
