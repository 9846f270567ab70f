-- One-minute bars: the one series that everything after it reads.
-- Grain: one bar of one symbol of one venue. Written by the closer alone.
-- `source` says what the bar was made of: closer (our ticks), or how the exchange's own bar came (rest, archive, replay).
-- `complete` is false where our ticks cover only a part of the minute. `known_at` is when this row was written.
-- `spread` is the mean of (ask - bid) / mid over the bar's quotes, `imbalance` that of (bid_size - ask_size) / (bid_size +
-- ask_size); null where there are none. These, `buy_volume`, `trades` and `quotes` are null in a bar that came as a bar: it
-- has no order flow.
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
