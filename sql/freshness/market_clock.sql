-- purpose Finds the newest event of a venue: the clock of a market that is replayed or simulated.
-- grain   One row.
-- takes   :venue
-- trap    The last rows are found by LIMIT, which reads one row where max reads all.
SELECT max(ts) AS now
FROM (
  SELECT ts FROM (SELECT ts FROM ticks WHERE venue = :venue LIMIT -1)
  UNION ALL
  SELECT dateadd('m', 1, ts) FROM (SELECT ts FROM candles_1m WHERE venue = :venue LIMIT -1)
)
