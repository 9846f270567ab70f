-- From where to where the minutes of a venue can be closed.
-- Grain: one row, none where the venue has no tick since then. Parameters: :venue, :since.
-- `first_open`: the minute after the newest bar made of ticks, or the minute of the first tick where there is none.
-- `newest`: the newest tick; nothing after it is known, so no minute is closed on the wall clock's word alone.
-- First and last rows by LIMIT, which reads one row where min and max read a day. The cast inside max(): QuestDB 9.3.4 takes
-- a plain max(ts) on the right of a join for the first row that the filter lets through.
SELECT
  coalesce(dateadd('m', 1, c.ts), timestamp_floor('1m', f.ts)) AS first_open,
  t.ts AS newest
FROM (SELECT ts FROM ticks WHERE venue = :venue AND ts >= :since LIMIT -1) t
CROSS JOIN (SELECT ts FROM ticks WHERE venue = :venue AND ts >= :since LIMIT 1) f
CROSS JOIN (SELECT cast(max(cast(ts AS LONG)) AS TIMESTAMP) AS ts FROM candles_1m WHERE venue = :venue AND ts >= :since AND source = 'closer') c
