-- The bars that a family file reads.
-- Grain: one complete bar of one symbol. `complete = false` is a hole like a missing minute: no run goes on over it.
-- Parameters: {candles}; :venue, :symbols; :load and :until, first and last bar; {stored}, the column `past` and those that
-- the file continues from, which are null here.
SELECT
  ts,
  symbol,
  open,
  high,
  low,
  close,
  volume,
  quote_volume,
  buy_volume,
  trades,
  spread,
  imbalance,
  {stored}
FROM {candles}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :load AND :until
  AND complete
