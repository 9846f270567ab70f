-- The bars that a family file reads when it continues from stored rows.
-- Grain: one complete bar of one symbol; `past` is true for those before :from, whose rows are stored.
-- Parameters: {candles}, {timeframe}; :venue, :symbols; :load and :until, first and last bar; :from, first bar to write, and
-- :last, the one before it; {stored}, what the file continues from: `seed_<column>`, null but at :last, and
-- `stored_<column>`.
SELECT
  b.ts AS ts,
  b.symbol AS symbol,
  open,
  high,
  low,
  b.close AS close,
  volume,
  quote_volume,
  buy_volume,
  trades,
  spread,
  imbalance,
  b.ts < :from AS past,
  {stored}
FROM (
  SELECT *
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :load AND :until
    AND complete
) b
LEFT JOIN (
  SELECT *
  FROM features_{timeframe}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :load AND :last
) s ON s.ts = b.ts AND s.symbol = b.symbol
