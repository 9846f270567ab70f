-- purpose Counts the ticks of an import that QuestDB has.
-- grain   One row.
-- takes   :venue, :symbols, :source; :from and :to, both inclusive
SELECT count() AS rows
FROM ticks
WHERE venue = :venue AND symbol IN :symbols AND source = :source AND ts BETWEEN :from AND :to
