-- purpose Reads stored features as they are, for a window of time.
-- grain   One bar of one symbol.
-- takes   {timeframe}; {columns}, the features; :venue, :symbols; :since and :until, the first and the last bar
SELECT
  ts,
  symbol,
  close,
  {columns}
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
