-- purpose Makes the table of the features of the bars of a timeframe, which every model reads, in training and live.
-- grain   One bar of one symbol of one venue that has 400 bars of its unbroken run before it.
-- takes   {timeframe}; {columns}, from the headers of sql/features/families, which also say what each one means
-- trap    A row is written whole: an INSERT of some columns would make the others null.
-- note    `set_hash` tells by which definition a row was made. `candle_known_at` is when its bar was known,
--         `computed_at` when the row was.
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
