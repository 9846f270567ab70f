-- purpose Highs, lows and scores of the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 239; stored rows 1
-- takes   :from, the newest bar
-- trap    A high that is reached again counts from the last time. Two prices are the same when their ratio is 1:
--         QuestDB takes doubles that differ by less than 1e-10 for equal.
-- trap    The means are summed with their rounding errors: of a coin that hardly moves, the close differs from its mean
--         by little more than these.
WITH extremes AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN close END) AS close,
    max(high) AS high_240,
    min(low) AS low_240,
    max(CASE WHEN back < 60 THEN high END) AS high_60,
    min(CASE WHEN back < 60 THEN low END) AS low_60,
    ksum(CASE WHEN back < 200 THEN close END) / 200 AS mean_200,
    stddev_samp(CASE WHEN back < 200 THEN close END) AS std_200,
    ksum(CASE WHEN back < 50 THEN close END) / 50 AS mean_50,
    stddev_samp(CASE WHEN back < 50 THEN close END) AS std_50
  FROM bars
),
reached AS (
  SELECT
    b.symbol AS symbol,
    min(CASE WHEN b.high / e.high_60 >= 1 AND b.back < 60 THEN b.back END) AS since_high_60,
    min(CASE WHEN b.low / e.low_60 <= 1 AND b.back < 60 THEN b.back END) AS since_low_60,
    min(CASE WHEN b.high / e.high_240 >= 1 THEN b.back END) AS since_high_240,
    min(CASE WHEN b.low / e.low_240 <= 1 THEN b.back END) AS since_low_240
  FROM bars b
  JOIN extremes e ON e.symbol = b.symbol
)
SELECT
  :from AS ts,
  e.symbol AS symbol,
  100 * (e.close / e.high_60 - 1) AS drawdown_60,
  100 * (e.close / e.high_240 - 1) AS drawdown_240,
  100 * (e.close / e.low_60 - 1) AS rebound_60,
  100 * (e.close / e.low_240 - 1) AS rebound_240,
  r.since_high_60 / 60.0 AS since_high_60,
  r.since_low_60 / 60.0 AS since_low_60,
  r.since_high_240 / 240.0 AS since_high_240,
  r.since_low_240 / 240.0 AS since_low_240,
  coalesce((e.close - e.mean_50) / e.std_50, 0.0) AS zscore_50,
  coalesce((e.close - e.mean_200) / e.std_200, 0.0) AS zscore_200
FROM extremes e
JOIN reached r ON r.symbol = e.symbol
