-- The newest tick of each symbol: where a feed that starts now finds the end of what is known.
-- Grain: one row per symbol; `ts` in microseconds. Parameters: :venue, :symbols.
SELECT symbol, cast(max(ts) AS LONG) AS ts
FROM ticks
WHERE venue = :venue AND symbol IN :symbols
