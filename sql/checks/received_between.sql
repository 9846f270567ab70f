-- How many ticks of a venue QuestDB has that were received between two times, both included.
-- Grain: one row. Parameters: :venue; :received_from, :received_to; :ts_from, :ts_to, the event times that they lie
-- between, so that only their partitions are read.
-- The writer gives every tick of a session a time of receipt of its own, so the count is exact.
SELECT count() AS rows
FROM ticks
WHERE
  venue = :venue
  AND ts >= :ts_from
  AND ts <= :ts_to
  AND received_at >= :received_from
  AND received_at <= :received_to
