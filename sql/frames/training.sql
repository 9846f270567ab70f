-- purpose Reads a training frame: what a pooled model sees of each bar, beside its labels.
-- grain   One row per bar and symbol. Only bars that all of the symbols have are in it.
-- takes   {timeframe}; {inputs}, the input expressions from the headers of the families; :venue, :symbols;
--         :symbol_count, how many symbols these are; :since and :until, the first and the last bar; :horizon;
--         :set_hash, the definition that the features must be of, because a model must not see two definitions under
--         one name
-- note    The names of label columns begin with label_.
WITH
inputs AS (
  SELECT
    ts,
    symbol,
    {inputs}
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :since AND ts <= :until AND set_hash = :set_hash
),
targets AS (
  SELECT *
  FROM labels_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND horizon = :horizon AND ts >= :since AND ts <= :until
),
common AS (
  SELECT ts
  FROM (
    SELECT i.ts AS ts, count() AS symbols
    FROM inputs i
    JOIN targets t ON t.ts = i.ts AND t.symbol = i.symbol
  )
  WHERE symbols = :symbol_count
)
SELECT
  i.*,
  t.close AS label_close,
  t.up AS label_up,
  t.log_return AS label_log_return,
  t.last_return AS label_last_return,
  t.momentum_class AS label_momentum_class,
  t.momentum_band AS label_momentum_band,
  t.log_volatility AS label_log_volatility,
  t.drawdown AS label_drawdown,
  t.dev_5 AS label_dev_5,
  t.dev_20 AS label_dev_20,
  t.dev_60 AS label_dev_60,
  t.dev_240 AS label_dev_240
FROM inputs i
JOIN targets t ON t.ts = i.ts AND t.symbol = i.symbol
JOIN common c ON c.ts = i.ts
