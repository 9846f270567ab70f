-- purpose Tells whether ticks has trades of these minutes with the other kind of id: ids of single trades where the
--         archive has aggregated ones (with 'a' before the id), or the other way round. Both together would count
--         volume twice.
-- grain   One row if there is such a trade, else none.
-- takes   :venue, :symbol; :aggregated, whether the archive has aggregated trades; :from and :to, both inclusive
SELECT ts
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND kind = 'trade' AND ts BETWEEN :from AND :to
  AND (event_id LIKE 'a%') <> :aggregated
LIMIT 1
