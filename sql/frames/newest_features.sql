-- The newest stored features of a symbol, as they are.
-- Grain: one bar, in the order of time. Parameters: {timeframe}; :venue, :symbol; :until, the last bar; :bars, how many at
-- most; {columns}, the features.
SELECT
  ts,
  venue,
  symbol,
  close,
  {columns}
FROM features_{timeframe}
WHERE venue = :venue AND symbol = :symbol AND ts <= :until
LIMIT -:bars
