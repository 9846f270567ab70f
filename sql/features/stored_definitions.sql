-- purpose Tells by which definitions the stored features of a venue were made.
-- grain   One row per definition.
-- takes   {timeframe}; :venue
SELECT
  set_hash,
  count() AS rows,
  min(ts) AS first_bar,
  max(ts) AS last_bar
FROM features_{timeframe}
WHERE venue = :venue
