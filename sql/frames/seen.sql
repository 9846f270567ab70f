-- purpose Reads what a model sees of a few bars.
-- grain   One bar of one symbol that has features.
-- takes   {timeframe}; {inputs}, the input expressions from the headers of the families; :venue, :symbols; :since and
--         :until, the first and the last bar; :set_hash, the definition that the features must be of
-- note    `candle_known_at` tells, in microseconds, which state of the bar the features were made of.
SELECT
  ts,
  symbol,
  close AS label_close,
  cast(candle_known_at AS LONG) AS candle_known_at,
  {inputs}
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until AND set_hash = :set_hash
