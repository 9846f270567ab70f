-- What came after each bar of a timeframe that has features (one table each), and what the naive baselines need to know at it: sql/labels/labels.sql defines
-- the columns. Signals never read this table.
-- Grain: one bar of one symbol of one venue, and one horizon in bars. A row exists only where the whole way from the
-- oldest bar that it needs to the bar `ts + horizon` is an unbroken run.
-- `known_at` is when the last bar of the horizon has closed: ts + (horizon + 1) bars.
CREATE TABLE IF NOT EXISTS labels_{timeframe} (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  horizon INT,
  close DOUBLE,
  up INT,
  log_return DOUBLE,
  last_return DOUBLE,
  momentum_change DOUBLE,
  momentum_class INT,
  momentum_band DOUBLE,
  log_volatility DOUBLE,
  drawdown DOUBLE,
  dev_5 DOUBLE,
  dev_20 DOUBLE,
  dev_60 DOUBLE,
  dev_240 DOUBLE,
  known_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(ts, venue, symbol, horizon)
