-- What a model sees of the newest bar of each symbol.
-- Grain: one row per symbol. Parameters: :venue, {timeframe}; :set_hash and {inputs} as in training.sql.
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
