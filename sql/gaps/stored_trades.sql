-- purpose Lists the trades of a symbol that are stored already. Those that come again must not be written again, or the
--         time at which they were first received would be lost.
-- grain   One row per trade.
-- takes   :venue, :symbol; :from and :to, both inclusive
SELECT cast(ts AS LONG) AS ts, event_id, price, size, side
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND kind = 'trade' AND ts >= :from AND ts <= :to
