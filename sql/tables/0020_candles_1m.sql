-- purpose Holds one-minute bars: the one series that everything after it reads. The closer alone writes it.
-- grain   One bar of one symbol of one venue.
-- note    `source` says what the bar was made of: closer (our ticks), or how the own bar of the exchange came (rest,
--         archive, replay). `complete` is false where our ticks cover only a part of the minute. `known_at` is when
--         this row was written.
-- note    `spread` is the mean of (ask - bid) / mid over the quotes of the bar, `imbalance` that of (bid_size -
--         ask_size) / (bid_size + ask_size); both are null where there are no quotes. These two, `buy_volume`, `trades`
--         and `quotes` are null in a bar that came as a bar, because it has no order flow.
CREATE TABLE IF NOT EXISTS candles_1m (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  open DOUBLE,
  high DOUBLE,
  low DOUBLE,
  close DOUBLE,
  volume DOUBLE,
  quote_volume DOUBLE,
  buy_volume DOUBLE,
  trades LONG,
  quotes LONG,
  spread DOUBLE,
  imbalance DOUBLE,
  source SYMBOL,
  complete BOOLEAN,
  known_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
