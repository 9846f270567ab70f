-- Stored features as they are, of a window of time.
-- Grain: one bar of one symbol. Parameters: {timeframe}; :venue, :symbols; :since and :until, first and last bar; {columns},
-- the features.
SELECT
  ts,
  symbol,
  close,
  {columns}
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
