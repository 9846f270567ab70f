-- purpose Reads what models see of stored bars.
-- grain   One bar of one symbol.
-- takes   {timeframe}; {inputs}, the input expressions from the headers of the families; :venue, :symbols; :since and
--         :until, the first and the last bar
SELECT
  ts,
  symbol,
  {inputs}
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
