-- purpose Reads stored features beside what came after each bar.
-- grain   One bar of one symbol that has a label.
-- takes   {timeframe}; {columns}, the features; :venue, :symbols; :since and :until, the first and the last bar;
--         :horizon, in bars
-- note    The names of label columns begin with label_.
SELECT
  f.*,
  l.up AS label_up,
  l.log_return AS label_log_return,
  l.last_return AS label_last_return,
  l.momentum_change AS label_momentum_change,
  l.momentum_class AS label_momentum_class,
  l.momentum_band AS label_momentum_band,
  l.log_volatility AS label_log_volatility,
  l.drawdown AS label_drawdown,
  l.dev_5 AS label_dev_5,
  l.dev_20 AS label_dev_20,
  l.dev_60 AS label_dev_60,
  l.dev_240 AS label_dev_240
FROM (
  SELECT
    ts,
    symbol,
    close,
    {columns}
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until
) f
JOIN (
  SELECT *
  FROM labels_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND horizon = :horizon AND ts BETWEEN :since AND :until
) l ON l.ts = f.ts AND l.symbol = f.symbol
