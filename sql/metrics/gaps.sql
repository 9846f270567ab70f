-- purpose Lists the gaps that are not healed, the newest first.
-- grain   One row per gap in its latest state, at most 200, whatever time the dashboard shows.
-- takes   $venue
-- note    A gap that is `opened` still lasts, so it has no `until` and no length. A `bounded` one is over but was not
--         filled.
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
