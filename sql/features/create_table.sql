-- The features of the bars of a timeframe: what every model reads, in training and live.
-- Grain: one bar of one symbol of one venue that has 400 bars of its unbroken run before it.
-- Parameters: {timeframe}; {columns}, from the headers of sql/features, which also say what each one means. A row is
-- written whole: an INSERT of some columns would null the others.
-- `set_hash` tells by which definition a row was made. `candle_known_at` is when its bar was known, `computed_at` when
-- the row was.
CREATE TABLE IF NOT EXISTS features_{timeframe} (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  close DOUBLE,
  set_hash SYMBOL,
  computed_at TIMESTAMP,
  candle_known_at TIMESTAMP,
  {columns}
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
