-- The minutes of a symbol whose bar the exchange has stated already.
-- Grain: one minute, `ts` in microseconds. Parameters: :venue, :symbol; [:from, :to).
SELECT cast(ts AS LONG) AS ts
FROM exchange_candles
WHERE venue = :venue AND symbol = :symbol AND ts >= :from AND ts < :to
