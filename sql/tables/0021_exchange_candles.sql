-- One-minute bars as an exchange or an archive states them: what imports and backfill hand to the closer.
-- Grain: one bar of one symbol of one venue. The closer takes them into candles_1m by its precedence; kept here, they
-- remain comparable with the bars made of our own ticks.
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
