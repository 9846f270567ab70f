-- How many ticks of an import QuestDB has. Parameters: :venue; :symbols; :source; :from and :to, inclusive.
SELECT count() AS rows
FROM ticks
WHERE venue = :venue AND symbol IN :symbols AND source = :source AND ts BETWEEN :from AND :to
