-- Gaps of the ticks that nobody has seen the end of: a feed that starts now bounds them.
-- Grain: one gap, the oldest first; `since` in microseconds. Parameters: :venue, :symbols.
SELECT symbol, gap_id AS id, cast(since AS LONG) AS since, cause
FROM (
  SELECT symbol, gap_id, event, since, cause
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols AND level = 'trades'
  LATEST ON ts PARTITION BY gap_id
)
WHERE event = 'opened'
ORDER BY since
