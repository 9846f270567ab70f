-- purpose The shape of a bar, and what the ranges of recent bars say beyond their size.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 20
-- takes   :bars_a_year, for the year of a market that never closes
-- trap    Running means keep a residue, so flatness is told by counts. max and min over a frame take values within
--         1e-10 for equal: prices are first multiplied by 2^40, which is exact.
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
-- null    0 when high = low in all 20 bars
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
windows AS (
  SELECT
    ts,
    symbol,
    open,
    high,
    low,
    close,
    avg(ln(high / close) * ln(high / open) + ln(low / close) * ln(low / open)) OVER last_20 AS variance_20,
    sum(sign(high - low)) OVER last_20 AS wide_20,
    avg(greatest(high, close_1) - least(low, close_1)) OVER last_14 AS range_14,
    max(greatest(high, close_1) * 1099511627776.0) OVER last_14 / 1099511627776.0 AS highest,
    min(least(low, close_1) * 1099511627776.0) OVER last_14 / 1099511627776.0 AS lowest
  FROM lagged
  WINDOW
    last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
)
SELECT
  ts,
  symbol,
  -- A division by a range of 0 is null.
  coalesce((close - open) / (high - low), 0.0) AS body_share,
  coalesce((high - greatest(open, close)) / (high - low), 0.0) AS upper_wick_share,
  coalesce((least(open, close) - low) / (high - low), 0.0) AS lower_wick_share,
  CASE
    WHEN wide_20 = 0 THEN 0.0
    ELSE 100 * sqrt(greatest(0.0, variance_20) * :bars_a_year)
  END AS rogers_satchell_volatility_20,
  CASE
    WHEN highest / lowest > 1
      THEN greatest(0.0, least(100.0, 100 * ln(14 * range_14 / (highest - lowest)) / ln(14.0)))
    ELSE 50.0
  END AS choppiness_14
FROM windows
