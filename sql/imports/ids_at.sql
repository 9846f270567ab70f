-- purpose Reads the ids of what QuestDB has of one instant.
-- grain   One event.
-- takes   :venue, :symbol; :at
SELECT event_id
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND ts = :at AND source = 'archive'
