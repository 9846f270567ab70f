-- purpose Lists the newest bars of a symbol that are made of ticks and complete: a sample to be compared with what the
--         exchange says now.
-- grain   One row per bar, the newest first. `ts` is in microseconds.
-- takes   :venue, :symbol; :from (inclusive) and :to (exclusive); :most, how many rows at most
-- trap    The rows are sorted by the number outside: with ORDER BY ts DESC and LIMIT at the filter itself, QuestDB left
--         out the newest row.
SELECT *
FROM (
  SELECT cast(ts AS LONG) AS ts, open, high, low, close, volume, trades
  FROM candles_1m
  WHERE venue = :venue AND symbol = :symbol AND ts >= :from AND ts < :to AND source = 'closer' AND complete
)
ORDER BY ts DESC
LIMIT :most
