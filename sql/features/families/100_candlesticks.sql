-- purpose The shape of a bar, and what the ranges of recent bars say beyond their size.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 20
-- takes   :bars_a_year, for the year of a market that never closes
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
-- trap    max and min over a frame take values within 1e-10 for equal: prices are first multiplied by 2^40, which is
--         exact.
--
-- family  scaled
-- hypothesis Where a bar closed within its range shows who gave way, and the path inside of the bars, against the
--         ground that they covered, tells a trend from a sideways market.
--
-- feature body_share: relative in [-1, 1], warm-up 0, reach 0
-- formula (close - open) / (high - low)
-- null    0 when high = low
-- source  Nison, Japanese Candlestick Charting Techniques (1991), the real body
-- input   body_share
--
-- feature upper_wick_share: relative in [0, 1], warm-up 0, reach 0
-- formula (high - max(open, close)) / (high - low)
-- null    0 when high = low
-- source  Nison (1991), the upper shadow
-- input   upper_wick_share
--
-- feature lower_wick_share: relative in [0, 1], warm-up 0, reach 0
-- formula (min(open, close) - low) / (high - low)
-- null    0 when high = low
-- source  Nison (1991), the lower shadow
-- input   lower_wick_share
--
-- feature rogers_satchell_volatility_20: relative in [0, inf], warm-up 19, reach 19
-- formula 100 * sqrt(mean over 20 bars of ln(high / close) ln(high / open) + ln(low / close) ln(low / open))
--         * sqrt(bars a year)
-- null    0 when each of the 20 bars opened and closed at its high or low, or did not move
-- source  Rogers and Satchell, Estimating Variance from High, Low and Closing Prices, Annals of Applied Probability 1
--         (1991): the drift does not enter
-- input   rogers_satchell_volatility_20
--
-- feature choppiness_14: relative in [0, 100], warm-up 14, reach 14
-- formula 100 * ln(sum of the true range over 14 bars / (max(true high over 14) - min(true low over 14))) / ln(14), the
--         true high and low of a bar being those that the last close belongs to
-- null    50 when no true range in the 14 bars
-- source  Dreiss, Choppiness Index (1993), with true highs and lows, which keep it within 0 and 100
-- input   choppiness_14
WITH lagged AS (
  SELECT
    ts,
    symbol,
    open,
    high,
    low,
    close,
    lag(close, 1) OVER run AS close_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    open,
    high,
    low,
    close,
    ln(high / close) * ln(high / open) + ln(low / close) * ln(low / open) AS path,
    greatest(high, close_1) - least(low, close_1) AS true_range,
    max(greatest(high, close_1) * 1099511627776.0) OVER last_14 / 1099511627776.0 AS highest,
    min(least(low, close_1) * 1099511627776.0) OVER last_14 / 1099511627776.0 AS lowest
  FROM lagged
  WINDOW last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW)
),
windows AS (
  SELECT
    ts,
    symbol,
    open,
    high,
    low,
    close,
    path + lag(path, 1) OVER run + lag(path, 2) OVER run + lag(path, 3) OVER run + lag(path, 4) OVER run AS path_5,
    true_range + lag(true_range, 1) OVER run + lag(true_range, 2) OVER run + lag(true_range, 3) OVER run
      + lag(true_range, 4) OVER run + lag(true_range, 5) OVER run + lag(true_range, 6) OVER run AS range_7,
    highest,
    lowest
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  -- A division by a range of 0 is null.
  coalesce((close - open) / (high - low), 0.0) AS body_share,
  coalesce((high - greatest(open, close)) / (high - low), 0.0) AS upper_wick_share,
  coalesce((least(open, close) - low) / (high - low), 0.0) AS lower_wick_share,
  100 * sqrt(
    (path_5 + lag(path_5, 5) OVER run + lag(path_5, 10) OVER run + lag(path_5, 15) OVER run) / 20 * :bars_a_year
  ) AS rogers_satchell_volatility_20,
  CASE
    WHEN highest / lowest > 1 THEN greatest(
      0.0,
      least(100.0, 100 * ln((range_7 + lag(range_7, 7) OVER run) / (highest - lowest)) / ln(14.0))
    )
    ELSE 50.0
  END AS choppiness_14
FROM windows
WINDOW run AS (PARTITION BY symbol ORDER BY ts)
