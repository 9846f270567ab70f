-- How many gaps of each symbol of a venue are open, wait for healing, and were healed.
-- Grain: one row per symbol that has any. Parameters: :venue; :after, only gaps with an event later than that.
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
