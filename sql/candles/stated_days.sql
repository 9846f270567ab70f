-- How many bars of a symbol the exchange has stated, day by day (UTC): what a backfill need not fetch again, and what came
-- of it.
-- Grain: one day that has any; times in microseconds. Parameters: :venue, :symbol; [:from, :to).
SELECT
  cast(timestamp_floor('d', ts) AS LONG) AS day,
  count() AS candles,
  cast(min(ts) AS LONG) AS first
FROM exchange_candles
WHERE venue = :venue AND symbol = :symbol AND ts >= :from AND ts < :to
ORDER BY day
