-- purpose Holds what came after each bar, and what the naive baselines need to know at it. sql/labels/labels.sql
--         defines the columns. Signals never read this table.
-- grain   One bar of one symbol of one venue, and one horizon in bars. A row exists only where everything from the
--         oldest bar that it needs to the bar `ts + horizon` is an unbroken run.
-- takes   {timeframe}, one that has features; there is one table for each
-- note    `known_at` is when the last bar of the horizon has closed: ts + (horizon + 1) bars.
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
