-- purpose Lists gaps of the ticks that are over and were not filled: what the healer works on.
-- grain   One row per gap, the oldest first. Times are in microseconds.
-- takes   :venue, :symbols; :after, only gaps that ended later than this
SELECT symbol, gap_id AS id, cast(since AS LONG) AS since, cast(until AS LONG) AS until, cause
FROM (
  SELECT symbol, gap_id, event, since, until, cause
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols AND ts > :after
  LATEST ON ts PARTITION BY gap_id
)
WHERE event = 'bounded'
ORDER BY since, symbol
