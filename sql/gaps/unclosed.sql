-- purpose Finds gaps whose trades were filled while a bar that they touch is still marked as partial: the process that
--         filled them may have ended before it could order the bars to be made again.
-- grain   One row per gap. Times are in microseconds.
-- takes   :venue, :symbols; :after, only gaps that were healed later than this
SELECT DISTINCT g.symbol AS symbol, g.gap_id AS id, cast(g.since AS LONG) AS since, cast(g.until AS LONG) AS until, g.cause AS cause
FROM (
  SELECT symbol, gap_id, event, since, until, cause, level
  FROM gaps
  WHERE venue = :venue AND symbol IN :symbols AND ts > :after
  LATEST ON ts PARTITION BY gap_id
) g
JOIN candles_1m c ON c.symbol = g.symbol
WHERE
  g.event = 'healed' AND g.level = 'trades'
  AND c.venue = :venue AND c.source = 'closer' AND NOT c.complete
  AND c.ts < g.until AND dateadd('m', 1, c.ts) > g.since
