-- How many gaps of each symbol of a venue are open, wait for healing, and were healed, over the 30 days before its newest.
-- Grain: one row per symbol that has any. Parameters: :venue.
WITH
states AS (
  SELECT symbol, event
  FROM gaps
  WHERE venue = :venue AND ts > dateadd('d', -30, (SELECT max(ts) FROM gaps WHERE venue = :venue))
  LATEST ON ts PARTITION BY gap_id
)
SELECT
  symbol,
  sum(CASE WHEN event = 'opened' THEN 1 ELSE 0 END) AS open,
  sum(CASE WHEN event = 'bounded' THEN 1 ELSE 0 END) AS unhealed,
  sum(CASE WHEN event = 'healed' THEN 1 ELSE 0 END) AS healed
FROM states
