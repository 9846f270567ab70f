-- The trades of a symbol that are stored already: those given again must not be written again, or the time at which they
-- were first received would be lost.
-- Grain: one trade. Parameters: :venue, :symbol; :from and :to, both inclusive.
SELECT event_id
FROM ticks
WHERE venue = :venue AND symbol = :symbol AND kind = 'trade' AND ts >= :from AND ts <= :to
