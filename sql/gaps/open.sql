-- purpose Lists gaps of the ticks whose end nobody has seen: a feed that starts now bounds them.
-- grain   One row per gap, the oldest first. `since` is in microseconds.
-- takes   :venue, :symbols
SELECT symbol, gap_id AS id, cast(since AS LONG) AS since, cause
FROM (
  SELECT symbol, gap_id, event, since, cause
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols AND level = 'trades'
  LATEST ON ts PARTITION BY gap_id
)
WHERE event = 'opened'
ORDER BY since
