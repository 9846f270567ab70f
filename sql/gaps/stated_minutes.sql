-- purpose Lists the minutes of a symbol whose bar the exchange has stated already.
-- grain   One row per minute. `ts` is in microseconds.
-- takes   :venue, :symbol; :from (inclusive) and :to (exclusive)
SELECT cast(ts AS LONG) AS ts
FROM exchange_candles
WHERE venue = :venue AND symbol = :symbol AND ts >= :from AND ts < :to
