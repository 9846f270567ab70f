-- purpose Finds the range of minutes of a venue that can be closed, that is, made into one-minute bars.
-- grain   One row, or none where the venue has no tick since :since.
-- takes   :venue; :since, how far back to look
-- trap    The first and the last row are found by LIMIT, which reads one row where min and max read a day. Without the
--         cast inside, max(ts) on the right of a join is the time of the first row that the filter lets through
--         (QuestDB 9.3.4).
-- note    `first_open` is the minute after the newest bar made of ticks, or the minute of the first tick where there is
--         no such bar. `newest` is the newest tick. Nothing after it is known, so no minute is closed on the word of
--         the wall clock alone.
SELECT
  coalesce(dateadd('m', 1, c.ts), timestamp_floor('1m', f.ts)) AS first_open,
  t.ts AS newest
FROM (SELECT ts FROM ticks WHERE venue = :venue AND ts >= :since LIMIT -1) t
CROSS JOIN (SELECT ts FROM ticks WHERE venue = :venue AND ts >= :since LIMIT 1) f
CROSS JOIN (SELECT cast(max(cast(ts AS LONG)) AS TIMESTAMP) AS ts FROM candles_1m WHERE venue = :venue AND ts >= :since AND source = 'closer') c
