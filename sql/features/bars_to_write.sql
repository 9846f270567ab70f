-- The bars of which a row is written.
-- Grain: one complete bar of one symbol. Parameters: {candles}; :venue, :symbols; :from and :until, first and last bar.
SELECT
  ts,
  symbol,
  close,
  known_at
FROM {candles}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :from AND :until
  AND complete
