-- purpose Finds the newest complete bar of each symbol that has been known for a while, and the newest bar that has
--         features. What had time to get features and signals, and has none, is late.
-- grain   One row per symbol that has such a bar.
-- takes   :venue; :since, how far back to look; :known_until, when a bar is known long enough; :set_hash, the current
--         definition of the features
-- note    `featured` may be a later bar than `ts`. It is null where there are no features since :since.
SELECT b.symbol AS symbol, b.ts AS ts, b.known_at AS known_at, f.ts AS featured
FROM (
  SELECT symbol, ts, known_at
  FROM candles_1m
  WHERE venue = :venue AND ts >= :since AND known_at <= :known_until AND complete
  LATEST ON ts PARTITION BY symbol
) b
LEFT JOIN (
  SELECT symbol, ts
  FROM features_1m
  WHERE venue = :venue AND ts >= :since AND set_hash = :set_hash
  LATEST ON ts PARTITION BY symbol
) f ON f.symbol = b.symbol
