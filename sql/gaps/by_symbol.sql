-- purpose Counts for each symbol of a venue the gaps that are open, those that wait for healing, and those that were
--         healed.
-- grain   One row per symbol that has any.
-- takes   :venue; :after, only gaps with an event later than this
WITH
states AS (
  SELECT symbol, event
  FROM gaps
  WHERE venue = :venue AND ts > :after
  LATEST ON ts PARTITION BY gap_id
)
SELECT
  symbol,
  sum(CASE WHEN event = 'opened' THEN 1 ELSE 0 END) AS open,
  sum(CASE WHEN event = 'bounded' THEN 1 ELSE 0 END) AS unhealed,
  sum(CASE WHEN event = 'healed' THEN 1 ELSE 0 END) AS healed
FROM states
