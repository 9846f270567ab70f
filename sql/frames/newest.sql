-- purpose Reads what a model sees of the newest bar of each symbol.
-- grain   One row per symbol.
-- takes   {timeframe}; {inputs}, the input expressions from the headers of the families; :venue; :set_hash, the
--         definition that the features must be of
SELECT
  ts,
  symbol,
  close AS label_close,
  {inputs}
FROM (
  SELECT *
  FROM features_{timeframe}
  WHERE venue = :venue AND set_hash = :set_hash
  LATEST ON ts PARTITION BY symbol
)
