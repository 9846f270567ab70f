-- purpose Tells whether the bars of a venue are those of an earlier look: a bar that came, went or changed shows in it.
-- grain   One row per symbol, ordered by name.
-- takes   {timeframe}; :venue
-- note    `known` is a checksum of when the bars became known, `prices` one of what labels are made of. They are sums
--         of remainders, because a sum of whole numbers is the same in any order and these do not overflow.
SELECT
  symbol,
  count() AS bars,
  max(known_at) AS known_at,
  sum(known_at::long % 1000000007) AS known,
  sum((close * 1e8)::long % 1000000007) + sum((low * 1e8)::long % 1000000007) AS prices
FROM candles_{timeframe}
WHERE venue = :venue AND complete
ORDER BY symbol
