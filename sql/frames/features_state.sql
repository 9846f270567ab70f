-- purpose Tells whether the features of a window are those of an earlier look.
-- grain   One row per symbol, ordered by name.
-- takes   {timeframe}; :venue, :symbols; :set_hash, the definition of the features; :since and :until, the first and
--         the last bar
-- note    `computed` is a checksum of when the rows were computed: a sum of remainders, as in candles_state.
SELECT
  symbol,
  count() AS rows,
  max(computed_at) AS computed_at,
  sum(computed_at::long % 1000000007) AS computed
FROM features_{timeframe}
WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :since AND :until AND set_hash = :set_hash
ORDER BY symbol
