-- purpose Lists the gaps of the ticks of a symbol in their latest state.
-- grain   One row per gap, the oldest first. Times are in microseconds; `at` is that of its latest event. `until` is
--         null while the gap is open.
-- takes   :venue, :symbol
-- note    A gap that candles have filled is not healed here: its trades are still missing.
SELECT id, at, event, since, until, cause
FROM (
  SELECT gap_id AS id, cast(ts AS LONG) AS at, event, cast(since AS LONG) AS since, cast(until AS LONG) AS until, cause
  FROM gaps
  WHERE venue = :venue AND symbol = :symbol AND level = 'trades'
  LATEST ON ts PARTITION BY gap_id
)
ORDER BY since
