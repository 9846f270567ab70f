-- purpose Lists the gaps of the ticks of a symbol that are not healed.
-- grain   One row per gap, the oldest first. Times are in microseconds. `until` is null while the gap is open.
-- takes   :venue, :symbol
SELECT id, since, until, cause
FROM (
  SELECT gap_id AS id, event, cast(since AS LONG) AS since, cast(until AS LONG) AS until, cause
  FROM gaps
  WHERE venue = :venue AND symbol = :symbol AND level = 'trades'
  LATEST ON ts PARTITION BY gap_id
)
WHERE event <> 'healed'
ORDER BY since
