-- purpose Which kind of market it is: trending, ranging, volatile or none of these.
-- grain   one bar of one unbroken run of one symbol
-- reads   bars
-- trap    Null equals null in QuestDB, and a comparison with null is false: a bar without 50 closes has no regime type,
--         and the first bar that has one begins a regime.
-- parameters :slope_threshold s = 0.005, :range_threshold g = 0.4, :volatility_threshold v = 0.15, in percent, each
--         times the square root of the minutes of a bar. In the recorded bars these make all five regimes occur.
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
    row_number() OVER run AS bar,
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
  WINDOW run AS (ORDER BY ts)
),
closes AS (
  SELECT
    ts,
    bar,
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
    bar,
    filled,
    100 * array_stddev_samp(last_20) / array_avg(last_20) AS volatility,
    100 * (array_max(last_50) - array_min(last_50)) / array_avg(last_50) AS width,
    array_avg(last_50) AS mean_50,
    array_stddev_samp(last_50) AS std_50,
    -- Sum of (x - mean x) * close, x the number of the bar; divided by the sum of (x - mean x)^2, the rise a bar.
    dot_product(last_50, ARRAY[
      24.5, 23.5, 22.5, 21.5, 20.5, 19.5, 18.5, 17.5, 16.5, 15.5, 14.5, 13.5, 12.5, 11.5, 10.5, 9.5, 8.5, 7.5, 6.5, 5.5,
      4.5, 3.5, 2.5, 1.5, 0.5, -0.5, -1.5, -2.5, -3.5, -4.5, -5.5, -6.5, -7.5, -8.5, -9.5, -10.5, -11.5, -12.5, -13.5,
      -14.5, -15.5, -16.5, -17.5, -18.5, -19.5, -20.5, -21.5, -22.5, -23.5, -24.5
    ]) / 10412.5 AS rise
  FROM closes
),
-- The join stores the measures; without it each use of one would compute it anew.
lines AS (
  SELECT
    bars.ts,
    bar,
    filled,
    volatility,
    width,
    100 * rise / mean_50 AS slope,
    -- r2 = rise^2 * 10412.5 / (49 * variance); 0 when the variance of equal closes makes it null.
    CASE WHEN width > 0 THEN greatest(0.0, least(1.0, rise * rise * 212.5 / (std_50 * std_50))) ELSE 0.0 END AS r2
  FROM bars
  JOIN measures ON measures.ts = bars.ts
),
flags AS (
  SELECT
    ts,
    bar,
    volatility,
    width,
    r2,
    filled,
    slope > :slope_threshold AND r2 > 0.5 AS up,
    slope < -:slope_threshold AND r2 > 0.5 AS down,
    width < :range_threshold AS ranging,
    volatility > :volatility_threshold AS volatile
  FROM lines
),
types AS (
  SELECT
    ts,
    bar,
    volatility,
    width,
    r2,
    up,
    down,
    ranging,
    volatile,
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
previous AS (
  SELECT
    ts,
    bar,
    volatility,
    width,
    r2,
    up,
    down,
    ranging,
    volatile,
    type,
    CASE WHEN type <> lag(type, 1) OVER (ORDER BY ts) THEN bar ELSE NULL END AS changed_at
  FROM types
)
SELECT
  ts,
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
    WHEN 1 THEN 1 - width / :range_threshold
    ELSE 0.0
  END AS regime_strength,
  least(500, bar + 1 - max(changed_at) OVER past)::double AS regime_duration,
  CASE WHEN changed_at = bar THEN 1.0 ELSE 0.0 END AS regime_transition
FROM previous
WINDOW past AS (ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
