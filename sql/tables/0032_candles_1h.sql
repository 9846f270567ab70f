-- One-hour bars, kept current by QuestDB from candles_1m.
-- Grain: one bar of one symbol of one venue, buckets aligned to 00:00 UTC.
-- `bars` counts the one-minute bars inside, `complete_bars` those that cover their whole minute, `sources` how many
-- kinds of source they came from; `complete` is true when none is missing or partial. A measure that no bar inside has is null.
CREATE MATERIALIZED VIEW IF NOT EXISTS candles_1h AS (
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
    sum(trades) AS trades,
    sum(quotes) AS quotes,
    avg(spread) AS spread,
    avg(imbalance) AS imbalance,
    count() AS bars,
    sum(CASE WHEN complete THEN 1 ELSE 0 END) AS complete_bars,
    count_distinct(source) AS sources,
    sum(CASE WHEN complete THEN 1 ELSE 0 END) = 60 AS complete,
    max(known_at) AS known_at
  FROM candles_1m
  SAMPLE BY 1h
) PARTITION BY MONTH
