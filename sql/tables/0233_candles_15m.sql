-- purpose Holds 15-minute bars, which QuestDB keeps current from candles_1m.
-- grain   One bar of one symbol of one venue. Bars are aligned to 00:00 UTC.
-- note    `bars` counts the one-minute bars inside, `complete_bars` those that cover their whole minute, and `sources`
--         the kinds of source that they came from. `complete` is true when none is missing or partial. A measure is
--         null when none of the bars inside has it. `sided_volume` and `sided_trades` are of the trades whose taker
--         side is known.
CREATE MATERIALIZED VIEW IF NOT EXISTS candles_15m AS (
  SELECT
    ts,
    venue,
    symbol,
    first(open) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close) AS close,
    sum(volume) AS volume,
    sum(quote_volume) AS quote_volume,
    sum(buy_volume) AS buy_volume,
    sum(CASE WHEN buy_volume IS NOT NULL THEN coalesce(sided_volume, volume) END) AS sided_volume,
    sum(trades) AS trades,
    sum(sided_trades) AS sided_trades,
    sum(quotes) AS quotes,
    avg(spread) AS spread,
    avg(imbalance) AS imbalance,
    count() AS bars,
    sum(CASE WHEN complete THEN 1 ELSE 0 END) AS complete_bars,
    count_distinct(source) AS sources,
    sum(CASE WHEN complete THEN 1 ELSE 0 END) = 15 AS complete,
    max(known_at) AS known_at
  FROM candles_1m
  SAMPLE BY 15m
) PARTITION BY MONTH
