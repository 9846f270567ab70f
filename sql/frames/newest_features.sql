-- purpose Reads the newest stored features of a symbol as they are.
-- grain   One bar, in the order of time.
-- takes   {timeframe}; {columns}, the features; :venue, :symbol; :until, the last bar; :bars, how many rows at most
-- trap    A negative LIMIT, which takes the last rows, goes no further than 10,000.
SELECT *
FROM (
  SELECT
    ts,
    venue,
    symbol,
    close,
    {columns}
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol = :symbol AND ts <= :until
  ORDER BY ts DESC
  LIMIT :bars
)
ORDER BY ts
