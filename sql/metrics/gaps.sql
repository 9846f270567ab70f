-- Gaps that are not healed, newest first.
-- Grain: one row per gap in its latest state, at most 200, whatever time the dashboard shows. Variables: $venue.
-- `opened` gaps last on, so that they have no `until` and no length; `bounded` ones are over but were not filled.
SELECT
  symbol,
  event AS state,
  level,
  since,
  until,
  datediff('T', since, until) / 1000.0 AS seconds,
  cause,
  gap_id
FROM (
  SELECT *
  FROM gaps
  WHERE venue = '$venue'
  LATEST ON ts PARTITION BY gap_id
)
WHERE event <> 'healed'
ORDER BY since DESC, symbol
LIMIT 200
