-- purpose Holds one-minute bars as an exchange or an archive states them, which imports and backfills hand to the
--         closer.
-- grain   One bar of one symbol of one venue.
-- note    The closer takes these bars into candles_1m by its rules of precedence. They are kept here so that they
--         remain comparable with the bars made of our own ticks.
CREATE TABLE IF NOT EXISTS exchange_candles (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  source SYMBOL,
  open DOUBLE,
  high DOUBLE,
  low DOUBLE,
  close DOUBLE,
  volume DOUBLE,
  quote_volume DOUBLE,
  buy_volume DOUBLE,
  trades LONG,
  known_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
