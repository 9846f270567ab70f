-- Features of the one-minute bars: what every model reads, in training and live.
-- Grain: one bar of one symbol of one venue that has 400 bars of its unbroken run before it.
-- Here stand the base columns. The columns of the features are added from the catalogue, the headers of sql/features,
-- which also say what each one means. A row is written whole: an INSERT of some columns would null the others.
-- `set_hash` tells by which definition a row was made. `candle_known_at` is when its bar was known, `computed_at` when
-- the row was.
CREATE TABLE IF NOT EXISTS features_1m (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  close DOUBLE,
  set_hash SYMBOL,
  computed_at TIMESTAMP,
  candle_known_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
