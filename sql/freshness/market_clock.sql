-- The newest event of a venue: the clock of a market that is replayed or simulated.
-- Grain: one row. Parameters: :venue.
SELECT max(ts) AS now
FROM (
  SELECT max(ts) AS ts FROM ticks WHERE venue = :venue
  UNION ALL
  SELECT dateadd('m', 1, max(ts)) FROM candles_1m WHERE venue = :venue
)
