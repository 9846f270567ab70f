-- purpose Counts the ticks of a venue in QuestDB that were received between two times, both inclusive.
-- grain   One row.
-- takes   :venue; :received_from and :received_to; :ts_from and :ts_to, event times between which the ticks lie, so
--         that only their partitions are read
-- note    The writer gives every tick of a session its own time of receipt, so the count is exact.
SELECT count() AS rows
FROM ticks
WHERE
  venue = :venue
  AND ts >= :ts_from
  AND ts <= :ts_to
  AND received_at >= :received_from
  AND received_at <= :received_to
