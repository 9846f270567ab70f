-- Whether ticks has trades of these minutes by the other kind of id: single trades where the archive has aggregated ones
-- ('a' before the id), or the other way round. Both together would count volume twice.
-- Parameters: :venue; :symbol; :aggregated, of the archive; :from and :to, inclusive.
SELECT ts
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND kind = 'trade' AND ts BETWEEN :from AND :to
  AND (event_id LIKE 'a%') <> :aggregated
LIMIT 1
