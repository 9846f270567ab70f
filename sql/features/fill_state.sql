-- purpose Tells whether stored features are those that a fill would make now.
-- grain   One row.
-- takes   {timeframe}; :venue, :symbols; :set_hash, the current definition; :from and :until, the first and the last
--         bar; :since, the first bar on which the features depend
-- note    `rows` counts the rows of these symbols with features of the current definition, and `computed_at` is when
--         the first of them was made. `known_at` is when the newest bar of the venue on which they depend became known.
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
