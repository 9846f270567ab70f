-- purpose What the last 50 closes say: their deviations and Bollinger bands, and which kind of market they make, one
--         that trends, ranges, is volatile or none of these.
-- grain   One bar of one symbol.
-- reads   bars, window 68
-- state   regime_duration
-- takes   :slope_threshold s = 0.005, :range_threshold g = 0.4, :volatility_threshold v = 0.15, in percent, each
--         times the square root of the minutes of a bar. In the recorded bars these make all five regimes occur.
-- trap    Deviations and slope are taken over the closes of the window itself, laid out as an array: running sums of
--         squares and products lose digits as the price moves away from where the run began (tried: half the time, but
--         trend_strength right to 5e-8 only), and are not 0 when prices go flat.
-- trap    Null equals null in QuestDB, and a comparison with null is false: a bar without 50 closes has no regime type,
--         and the first bar that has one begins a regime.
--
-- family volatility
--
-- feature std_dev_20: level in [0, inf], warm-up 19, reach 19
-- formula sample standard deviation of close over 20 bars
-- null    never
-- source  sample standard deviation with n - 1
-- input   std_dev_20 / close
--
-- feature std_dev_20_pct: relative in [0, inf], warm-up 19, reach 19
-- formula 100 * std_dev_20 / close
-- null    never
-- source  std_dev_20 in percent of the close
-- input   std_dev_20_pct
--
-- feature bbands_upper_20: level in [0, inf], warm-up 19, reach 19
-- formula SMA20(close) + 2 * std_dev_20
-- null    never
-- source  Bollinger, Bollinger on Bollinger Bands (2001), with the sample deviation
-- input   (bbands_upper_20 - close) / close
--
-- feature bbands_middle_20: level in [0, inf], warm-up 19, reach 19
-- formula SMA20(close)
-- null    never
-- source  Bollinger (2001)
-- input   (bbands_middle_20 - close) / close
--
-- feature bbands_lower_20: level in [-inf, inf], warm-up 19, reach 19
-- formula SMA20(close) - 2 * std_dev_20
-- null    never
-- source  Bollinger (2001), with the sample deviation
-- input   (bbands_lower_20 - close) / close
--
-- feature bbands_width_20: relative in [0, inf], warm-up 19, reach 19
-- formula 100 * (upper - lower) / middle of the Bollinger bands
-- null    never
-- source  Bollinger (2001), band width
-- input   bbands_width_20
--
-- feature bbands_percent_b_20: relative in [-0.5622, 1.5622], warm-up 19, reach 19
-- formula (close - lower) / (upper - lower) of the Bollinger bands
-- null    0.5 when close did not move in the 20 bars
-- source  Bollinger (2001), %b; one of n values lies at most (n - 1) / sqrt(n) deviations from their mean
-- input   bbands_percent_b_20
--
-- feature volatility_ratio_20_50: relative in [0, inf], warm-up 49, reach 49
-- formula sample deviation of close over 20 bars / sample deviation of close over 50 bars
-- null    1 when close did not move in the 50 bars
-- source  common usage: short against long volatility
-- input   volatility_ratio_20_50
--
-- feature bb_squeeze: flag in [0, 1], warm-up 68, reach 68
-- formula 1 when bbands_width_20 is below its own 25th percentile over the last 50 bars, itself included, else 0;
--         percentile by linear interpolation: between the 13th and the 14th of the sorted widths, a quarter of the way
-- null    0 when all 50 widths are 0
-- source  Bollinger (2001), the squeeze; Hyndman and Fan, Sample Quantiles, American Statistician 50 (1996), type 7
-- input   bb_squeeze
--
-- family regime
--
-- feature is_trending_up: flag in [0, 1], warm-up 49, reach 49
-- formula 1 when the least-squares slope of close over 50 bars, in percent of their mean a bar, > s and r2 > 0.5 else 0
-- null    0 when close did not move in the 50 bars
-- source  ordinary least squares on the bar number; s scales as a random walk does
-- input   is_trending_up
--
-- feature is_trending_down: flag in [0, 1], warm-up 49, reach 49
-- formula 1 when that slope < -s and r2 > 0.5 else 0
-- null    0 when close did not move in the 50 bars
-- source  ordinary least squares on the bar number
-- input   is_trending_down
--
-- feature is_ranging: flag in [0, 1], warm-up 49, reach 49
-- formula 1 when 100 * (max close - min close) / mean close over 50 bars < g else 0
-- null    never
-- source  width of the channel of closes
-- input   is_ranging
--
-- feature is_volatile: flag in [0, 1], warm-up 19, reach 19
-- formula 1 when 100 * sample deviation of close / mean close over 20 bars > v else 0
-- null    never
-- source  coefficient of variation
-- input   is_volatile
--
-- feature trend_strength: relative in [0, 1], warm-up 49, reach 49
-- formula r2 of the least-squares line of close over 50 bars
-- null    0 when close did not move in the 50 bars
-- source  coefficient of determination of ordinary least squares
-- input   trend_strength
--
-- feature regime_type: category in [0, 4], warm-up 49, reach 49
-- formula the first that holds: volatile 4, trending_up 3, trending_down 2, ranging 1, neutral 0
-- null    never
-- source  the four flags in the order of their precedence
-- input   regime_type
--
-- feature regime_strength: relative in [0, 1], warm-up 49, reach 49
-- formula r2 of a trend; 1 - v / volatility when volatile; 1 - range / g when ranging; 0 when neutral
-- null    never
-- source  how far the regime's own measure is past its threshold
-- input   regime_strength
--
-- feature regime_duration: relative in [1, 500], warm-up 50, reach 549
-- formula bars since regime_type last changed, 1 on the bar that changed, at most 500; the first bar of a run that has
--         a regime counts as a change
-- null    never
-- source  a count
-- input   regime_duration
--
-- feature regime_transition: flag in [0, 1], warm-up 50, reach 50
-- formula 1 when regime_type differs from that of the bar before else 0
-- null    never
-- source  a comparison
-- input   regime_transition
WITH lags AS (
  SELECT
    ts,
    symbol,
    close,
    lag(close, 1) OVER run AS c1, lag(close, 2) OVER run AS c2, lag(close, 3) OVER run AS c3,
    lag(close, 4) OVER run AS c4, lag(close, 5) OVER run AS c5, lag(close, 6) OVER run AS c6,
    lag(close, 7) OVER run AS c7, lag(close, 8) OVER run AS c8, lag(close, 9) OVER run AS c9,
    lag(close, 10) OVER run AS c10, lag(close, 11) OVER run AS c11, lag(close, 12) OVER run AS c12,
    lag(close, 13) OVER run AS c13, lag(close, 14) OVER run AS c14, lag(close, 15) OVER run AS c15,
    lag(close, 16) OVER run AS c16, lag(close, 17) OVER run AS c17, lag(close, 18) OVER run AS c18,
    lag(close, 19) OVER run AS c19, lag(close, 20) OVER run AS c20, lag(close, 21) OVER run AS c21,
    lag(close, 22) OVER run AS c22, lag(close, 23) OVER run AS c23, lag(close, 24) OVER run AS c24,
    lag(close, 25) OVER run AS c25, lag(close, 26) OVER run AS c26, lag(close, 27) OVER run AS c27,
    lag(close, 28) OVER run AS c28, lag(close, 29) OVER run AS c29, lag(close, 30) OVER run AS c30,
    lag(close, 31) OVER run AS c31, lag(close, 32) OVER run AS c32, lag(close, 33) OVER run AS c33,
    lag(close, 34) OVER run AS c34, lag(close, 35) OVER run AS c35, lag(close, 36) OVER run AS c36,
    lag(close, 37) OVER run AS c37, lag(close, 38) OVER run AS c38, lag(close, 39) OVER run AS c39,
    lag(close, 40) OVER run AS c40, lag(close, 41) OVER run AS c41, lag(close, 42) OVER run AS c42,
    lag(close, 43) OVER run AS c43, lag(close, 44) OVER run AS c44, lag(close, 45) OVER run AS c45,
    lag(close, 46) OVER run AS c46, lag(close, 47) OVER run AS c47, lag(close, 48) OVER run AS c48,
    lag(close, 49) OVER run AS c49
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
arrays AS (
  SELECT
    ts,
    symbol,
    c49 IS NOT NULL AS filled,
    ARRAY[
      close, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19
    ] AS last_20,
    ARRAY[
      close, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23,
      c24, c25, c26, c27, c28, c29, c30, c31, c32, c33, c34, c35, c36, c37, c38, c39, c40, c41, c42, c43, c44, c45,
      c46, c47, c48, c49
    ] AS last_50
  FROM lags
),
measures AS (
  SELECT
    ts,
    symbol,
    filled,
    array_avg(last_20) AS mean_20,
    array_stddev_samp(last_20) AS std_20,
    array_avg(last_50) AS mean_50,
    array_stddev_samp(last_50) AS std_50,
    array_max(last_50) AS highest,
    array_min(last_50) AS lowest,
    -- Sum of (x - mean x) * close, x the number of the bar; divided by the sum of (x - mean x)^2, the rise a bar.
    dot_product(last_50, ARRAY[
      24.5, 23.5, 22.5, 21.5, 20.5, 19.5, 18.5, 17.5, 16.5, 15.5, 14.5, 13.5, 12.5, 11.5, 10.5, 9.5, 8.5, 7.5, 6.5,
      5.5, 4.5, 3.5, 2.5, 1.5, 0.5, -0.5, -1.5, -2.5, -3.5, -4.5, -5.5, -6.5, -7.5, -8.5, -9.5, -10.5, -11.5, -12.5,
      -13.5, -14.5, -15.5, -16.5, -17.5, -18.5, -19.5, -20.5, -21.5, -22.5, -23.5, -24.5
    ]) / 10412.5 AS rise
  FROM arrays
),
-- The join stores the measures; without it each use of one would compute it anew.
lines AS (
  SELECT
    bars.ts AS ts,
    bars.symbol AS symbol,
    bars.close AS close,
    bars.past AS past,
    bars.seed_regime_duration AS seed_regime_duration,
    measures.filled AS filled,
    measures.mean_20 AS mean_20,
    measures.std_20 AS std_20,
    measures.std_50 AS std_50,
    400 * measures.std_20 / measures.mean_20 AS width,
    100 * measures.std_20 / measures.mean_20 AS volatility,
    100 * (measures.highest - measures.lowest) / measures.mean_50 AS channel,
    100 * measures.rise / measures.mean_50 AS slope,
    -- r2 = rise^2 * 10412.5 / (49 * variance); 0 when the variance of equal closes makes it null.
    CASE
      WHEN measures.highest / measures.lowest > 1
        THEN greatest(0.0, least(1.0, measures.rise * measures.rise * 212.5 / (measures.std_50 * measures.std_50)))
      ELSE 0.0
    END AS r2
  FROM bars
  JOIN measures ON measures.ts = bars.ts AND measures.symbol = bars.symbol
),
flags AS (
  SELECT
    ts,
    symbol,
    close,
    past,
    seed_regime_duration,
    filled,
    mean_20,
    std_20,
    std_50,
    width,
    volatility,
    channel,
    r2,
    slope > :slope_threshold AND r2 > 0.5 AS up,
    slope < -:slope_threshold AND r2 > 0.5 AS down,
    channel < :range_threshold AS ranging,
    volatility > :volatility_threshold AS volatile,
    row_number() OVER (PARTITION BY symbol ORDER BY ts) AS bar
  FROM lines
),
types AS (
  SELECT
    ts,
    symbol,
    close,
    past,
    seed_regime_duration,
    mean_20,
    std_20,
    std_50,
    width,
    volatility,
    channel,
    r2,
    up,
    down,
    ranging,
    volatile,
    bar,
    CASE
      WHEN NOT filled THEN NULL
      WHEN volatile THEN 4
      WHEN up THEN 3
      WHEN down THEN 2
      WHEN ranging THEN 1
      ELSE 0
    END AS type
  FROM flags
),
changes AS (
  SELECT
    ts,
    symbol,
    close,
    mean_20,
    std_20,
    std_50,
    width,
    volatility,
    channel,
    r2,
    up,
    down,
    ranging,
    volatile,
    type,
    bar,
    past,
    seed_regime_duration,
    lag(type, 1) OVER run AS last_type,
    lag(width, 1) OVER run AS w1, lag(width, 2) OVER run AS w2, lag(width, 3) OVER run AS w3,
    lag(width, 4) OVER run AS w4, lag(width, 5) OVER run AS w5, lag(width, 6) OVER run AS w6,
    lag(width, 7) OVER run AS w7, lag(width, 8) OVER run AS w8, lag(width, 9) OVER run AS w9,
    lag(width, 10) OVER run AS w10, lag(width, 11) OVER run AS w11, lag(width, 12) OVER run AS w12,
    lag(width, 13) OVER run AS w13, lag(width, 14) OVER run AS w14, lag(width, 15) OVER run AS w15,
    lag(width, 16) OVER run AS w16, lag(width, 17) OVER run AS w17, lag(width, 18) OVER run AS w18,
    lag(width, 19) OVER run AS w19, lag(width, 20) OVER run AS w20, lag(width, 21) OVER run AS w21,
    lag(width, 22) OVER run AS w22, lag(width, 23) OVER run AS w23, lag(width, 24) OVER run AS w24,
    lag(width, 25) OVER run AS w25, lag(width, 26) OVER run AS w26, lag(width, 27) OVER run AS w27,
    lag(width, 28) OVER run AS w28, lag(width, 29) OVER run AS w29, lag(width, 30) OVER run AS w30,
    lag(width, 31) OVER run AS w31, lag(width, 32) OVER run AS w32, lag(width, 33) OVER run AS w33,
    lag(width, 34) OVER run AS w34, lag(width, 35) OVER run AS w35, lag(width, 36) OVER run AS w36,
    lag(width, 37) OVER run AS w37, lag(width, 38) OVER run AS w38, lag(width, 39) OVER run AS w39,
    lag(width, 40) OVER run AS w40, lag(width, 41) OVER run AS w41, lag(width, 42) OVER run AS w42,
    lag(width, 43) OVER run AS w43, lag(width, 44) OVER run AS w44, lag(width, 45) OVER run AS w45,
    lag(width, 46) OVER run AS w46, lag(width, 47) OVER run AS w47, lag(width, 48) OVER run AS w48,
    lag(width, 49) OVER run AS w49
  FROM types
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
named AS (
  SELECT
    ts,
    symbol,
    std_20 AS std_dev_20,
    100 * std_20 / close AS std_dev_20_pct,
    mean_20 + 2 * std_20 AS bbands_upper_20,
    mean_20 AS bbands_middle_20,
    mean_20 - 2 * std_20 AS bbands_lower_20,
    width AS bbands_width_20,
    -- The deviation of equal closes is exactly 0, and a division by it is null.
    coalesce(0.5 + (close - mean_20) / (4 * std_20), 0.5) AS bbands_percent_b_20,
    coalesce(std_20 / std_50, 1.0) AS volatility_ratio_20_50,
    -- One of 50 values lies below their first quartile when at least 37 are above it.
    CASE
      WHEN array_sort(ARRAY[
        width, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23,
        w24, w25, w26, w27, w28, w29, w30, w31, w32, w33, w34, w35, w36, w37, w38, w39, w40, w41, w42, w43, w44, w45,
        w46, w47, w48, w49
      ])[14] > width THEN 1.0
      ELSE 0.0
    END AS bb_squeeze,
    CASE WHEN up THEN 1.0 ELSE 0.0 END AS is_trending_up,
    CASE WHEN down THEN 1.0 ELSE 0.0 END AS is_trending_down,
    CASE WHEN ranging THEN 1.0 ELSE 0.0 END AS is_ranging,
    CASE WHEN volatile THEN 1.0 ELSE 0.0 END AS is_volatile,
    r2 AS trend_strength,
    type AS regime_type,
    CASE type
      WHEN 4 THEN 1 - :volatility_threshold / volatility
      WHEN 3 THEN r2
      WHEN 2 THEN r2
      WHEN 1 THEN 1 - channel / :range_threshold
      ELSE 0.0
    END AS regime_strength,
    bar,
    CASE WHEN past THEN bar + 1 - seed_regime_duration WHEN type <> last_type THEN bar END AS changed_at,
    CASE WHEN type <> last_type THEN 1.0 ELSE 0.0 END AS regime_transition
  FROM changes
)
SELECT
  ts,
  symbol,
  std_dev_20,
  std_dev_20_pct,
  bbands_upper_20,
  bbands_middle_20,
  bbands_lower_20,
  bbands_width_20,
  bbands_percent_b_20,
  volatility_ratio_20_50,
  bb_squeeze,
  is_trending_up,
  is_trending_down,
  is_ranging,
  is_volatile,
  trend_strength,
  regime_type,
  regime_strength,
  least(500.0, bar + 1 - max(changed_at) OVER so_far) AS regime_duration,
  regime_transition
FROM named
WINDOW so_far AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
