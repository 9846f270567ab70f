-- purpose Lists the gaps of the ledger that are still open, or that are over and not healed.
-- grain   One row per gap. Times are in microseconds. `until` is null while the gap is open.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive), the time that a gap must touch; :most, how many rows
--         at most
-- note    The first and the last minute of imported files are partial by nature; that is no gap between events.
SELECT g.symbol AS symbol, cast(g.since AS LONG) AS since, cast(g.until AS LONG) AS until, g.cause AS cause
FROM (
  SELECT symbol, gap_id, event, since, until, cause
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols
  LATEST ON ts PARTITION BY gap_id
) g
WHERE g.event <> 'healed' AND g.cause <> 'edge of file' AND g.since < :to AND (g.until IS NULL OR g.until > :from)
ORDER BY since, symbol
LIMIT :most
