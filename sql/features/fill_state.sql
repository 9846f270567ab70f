-- What tells whether stored features are those that a fill would make now.
-- Grain: one row: `rows` of these symbols with features of the current definition, the first of which was `computed_at`;
-- `known_at`, when the venue's newest bar that has a say in them became known.
-- Parameters: {timeframe}; :venue, :symbols; :set_hash; :since, the first bar that has a say; :from and :until, first and last bar.
SELECT f.rows AS rows, f.computed_at AS computed_at, k.known_at AS known_at
FROM (
  SELECT count() AS rows, min(computed_at) AS computed_at
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :until AND set_hash = :set_hash
) f
CROSS JOIN (
  SELECT max(known_at) AS known_at
  FROM candles_{timeframe}
  WHERE venue = :venue AND ts BETWEEN :since AND :until
) k
