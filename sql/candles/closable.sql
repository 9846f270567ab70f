-- From where to where the minutes of a venue can be closed.
-- Grain: one row. Parameters: :venue, :since.
-- `first_open`: the minute after the newest bar made of ticks, or the minute of the first tick where there is none.
-- `newest`: the newest tick; nothing after it is known, so no minute is closed on the wall clock's word alone.
-- The cast inside max(): QuestDB 9.3.4 takes a plain max(ts) on the right of a join for the first row that the filter lets
-- through.
SELECT
  coalesce(dateadd('m', 1, c.ts), timestamp_floor('1m', t.first_tick)) AS first_open,
  t.newest AS newest
FROM (SELECT min(ts) AS first_tick, max(ts) AS newest FROM ticks WHERE venue = :venue AND ts >= :since) t
CROSS JOIN (SELECT cast(max(cast(ts AS LONG)) AS TIMESTAMP) AS ts FROM candles_1m WHERE venue = :venue AND ts >= :since AND source = 'closer') c
