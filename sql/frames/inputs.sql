-- What models see of stored bars.
-- Grain: one bar of one symbol. Parameters: {timeframe}; :venue, :symbols; :since and :until, first and last bar; {inputs} as in
-- training.sql.
SELECT
  ts,
  symbol,
  {inputs}
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
