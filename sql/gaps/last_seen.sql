-- purpose Finds the newest tick of each symbol: a feed that starts now takes that as the end of what is known.
-- grain   One row per symbol. `ts` is in microseconds.
-- takes   :venue, :symbols
SELECT symbol, cast(max(ts) AS LONG) AS ts
FROM ticks
WHERE venue = :venue AND symbol IN :symbols
