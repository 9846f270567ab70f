-- purpose Counts the bars of a symbol that the exchange has stated, by UTC day: a backfill need not fetch these days
--         again, and reports from these counts what it has brought.
-- grain   One row per day that has any bar. Times are in microseconds.
-- takes   :venue, :symbol; :from (inclusive) and :to (exclusive)
SELECT
  cast(timestamp_floor('d', ts) AS LONG) AS day,
  count() AS candles,
  cast(min(ts) AS LONG) AS first
FROM exchange_candles
WHERE venue = :venue AND symbol = :symbol AND ts >= :from AND ts < :to
ORDER BY day
