-- purpose Finds where the candles of each symbol end: a feed that has no ticks of a symbol yet takes that as the end of
--         what is known.
-- grain   One row per symbol. `ts`, in microseconds, is the end of its newest bar.
-- takes   :venue, :symbols
-- note    The bars of the exchange itself count as soon as they are fetched, before the closer has taken them.
SELECT symbol, cast(dateadd('m', 1, max(ts)) AS LONG) AS ts
FROM (
  SELECT symbol, max(ts) AS ts FROM exchange_candles WHERE venue = :venue AND symbol IN :symbols
  UNION ALL
  SELECT symbol, max(ts) AS ts FROM candles_1m WHERE venue = :venue AND symbol IN :symbols
)
