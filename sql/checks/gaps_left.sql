-- Gaps of the ledger that are open, or over and not healed.
-- Grain: one gap; times in microseconds, `until` null while it is open. Parameters: :venue, :symbols; gaps that touch
-- [:from, :to); :most, rows at most.
SELECT g.symbol AS symbol, cast(g.since AS LONG) AS since, cast(g.until AS LONG) AS until, g.cause AS cause
FROM (
  SELECT symbol, gap_id, event, since, until, cause
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols
  LATEST ON ts PARTITION BY gap_id
) g
WHERE g.event <> 'healed' AND g.since < :to AND (g.until IS NULL OR g.until > :from)
ORDER BY since, symbol
LIMIT :most
