-- purpose Lists the answers of a model about a symbol, each beside the one before it.
-- grain   One answer. Times are in microseconds.
-- takes   :venue, :symbol, :timeframe, :model, :horizon; :from (inclusive) and :to (exclusive), the bars that the
--         answers are about
SELECT cast(ts AS LONG) AS ts, run_id, coalesce(bars, 1) AS bars, cast(created_at AS LONG) AS created_at
FROM signals
WHERE venue = :venue AND symbol = :symbol AND timeframe = :timeframe AND model = :model AND horizon = :horizon
  AND ts >= :from AND ts < :to
ORDER BY ts, created_at
