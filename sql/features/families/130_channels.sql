-- purpose Where the close stands in its channels of one and of four hours of bars, and how old their bounds are.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 240
-- trap    max and min over a frame take values within 1e-10 for equal: prices are first multiplied by 2^40, which is
--         exact. No window function tells where a maximum stands: what is maximised carries the number of its bar in
--         its last 23 bits, below the logarithm of the price in steps of 1.5e-8.
--
-- family  scaled
-- hypothesis How far and for how long a market is below its high or above its low tells a break from a range, and
--         holders in loss from holders in gain.
--
-- feature drawdown_60: relative in [-100, 0], warm-up 59, reach 59
-- formula 100 * (close / max(high over 60) - 1)
-- null    never
-- source  Chekhlov, Uryasev and Zabarankin, Drawdown Measure in Portfolio Optimization (2005), within a window
-- input   drawdown_60
--
-- feature drawdown_240: relative in [-100, 0], warm-up 239, reach 239
-- formula 100 * (close / max(high over 240) - 1)
-- null    never
-- source  Chekhlov, Uryasev and Zabarankin (2005), within a window
-- input   drawdown_240
--
-- feature rebound_60: relative in [0, inf], warm-up 59, reach 59
-- formula 100 * (close / min(low over 60) - 1)
-- null    never
-- source  Donchian's channel (1960), the distance to its lower bound
-- input   rebound_60
--
-- feature rebound_240: relative in [0, inf], warm-up 239, reach 239
-- formula 100 * (close / min(low over 240) - 1)
-- null    never
-- source  Donchian's channel (1960), the distance to its lower bound
-- input   rebound_240
--
-- feature since_high_60: relative in [0, 1], warm-up 59, reach 59
-- formula bars since the last bar whose high is max(high over 60) / 60
-- null    never
-- source  Chande, Aroon, Technical Analysis of Stocks and Commodities 13 (1995), as a share
-- input   since_high_60
--
-- feature since_low_60: relative in [0, 1], warm-up 59, reach 59
-- formula bars since the last bar whose low is min(low over 60) / 60
-- null    never
-- source  Chande (1995), as a share
-- input   since_low_60
--
-- feature since_high_240: relative in [0, 1], warm-up 239, reach 239
-- formula bars since the last bar whose high is max(high over 240) / 240
-- null    never
-- source  Chande (1995), as a share
-- input   since_high_240
--
-- feature since_low_240: relative in [0, 1], warm-up 239, reach 239
-- formula bars since the last bar whose low is min(low over 240) / 240
-- null    never
-- source  Chande (1995), as a share
-- input   since_low_240
--
-- feature zscore_50: relative in [-7, 7], warm-up 49, reach 49
-- formula (close - mean of close over 50) / sample standard deviation of close over 50
-- null    0 when no move within the 50 bars
-- source  Bollinger, Bollinger on Bollinger Bands (2001), the position in deviations
-- input   zscore_50
--
-- feature zscore_200: relative in [-14.1, 14.1], warm-up 199, reach 199
-- formula (close - mean of close over 200) / sample standard deviation of close over 200
-- null    0 when no move within the 200 bars
-- source  Bollinger (2001), the position in deviations
-- input   zscore_200
WITH numbered AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    lag(close, 1) OVER run AS close_1,
    first_value(close) OVER run AS first_close,
    row_number() OVER run AS bar
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
windows AS (
  SELECT
    ts,
    symbol,
    close,
    bar,
    close / first_close - 1 AS x,
    max(high * 1099511627776.0) OVER last_60 / 1099511627776.0 AS high_60,
    max(high * 1099511627776.0) OVER last_240 / 1099511627776.0 AS high_240,
    min(low * 1099511627776.0) OVER last_60 / 1099511627776.0 AS low_60,
    min(low * 1099511627776.0) OVER last_240 / 1099511627776.0 AS low_240,
    max(floor(ln(high / first_close) * 67108864.0) * 8388608.0 + bar) OVER last_60 AS high_at_60,
    max(floor(ln(high / first_close) * 67108864.0) * 8388608.0 + bar) OVER last_240 AS high_at_240,
    max(floor(ln(first_close / low) * 67108864.0) * 8388608.0 + bar) OVER last_60 AS low_at_60,
    max(floor(ln(first_close / low) * 67108864.0) * 8388608.0 + bar) OVER last_240 AS low_at_240,
    avg(close / first_close - 1) OVER last_50 AS mean_50,
    avg((close / first_close - 1) * (close / first_close - 1)) OVER last_50 AS square_50,
    avg(close / first_close - 1) OVER last_200 AS mean_200,
    avg((close / first_close - 1) * (close / first_close - 1)) OVER last_200 AS square_200,
    sum(abs(sign(close / close_1 - 1))) OVER last_49 AS moved_50,
    sum(abs(sign(close / close_1 - 1))) OVER last_199 AS moved_200
  FROM numbered
  WINDOW
    last_49 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 48 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW),
    last_60 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 59 PRECEDING AND CURRENT ROW),
    last_199 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 198 PRECEDING AND CURRENT ROW),
    last_200 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 199 PRECEDING AND CURRENT ROW),
    last_240 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 239 PRECEDING AND CURRENT ROW)
)
SELECT
  ts,
  symbol,
  100 * (close / high_60 - 1) AS drawdown_60,
  100 * (close / high_240 - 1) AS drawdown_240,
  100 * (close / low_60 - 1) AS rebound_60,
  100 * (close / low_240 - 1) AS rebound_240,
  (bar - (high_at_60 - floor(high_at_60 / 8388608.0) * 8388608.0)) / 60 AS since_high_60,
  (bar - (low_at_60 - floor(low_at_60 / 8388608.0) * 8388608.0)) / 60 AS since_low_60,
  (bar - (high_at_240 - floor(high_at_240 / 8388608.0) * 8388608.0)) / 240 AS since_high_240,
  (bar - (low_at_240 - floor(low_at_240 / 8388608.0) * 8388608.0)) / 240 AS since_low_240,
  -- One value among n is at most (n - 1) / sqrt(n) deviations from their mean.
  CASE
    WHEN moved_50 = 0 THEN 0.0
    ELSE coalesce(greatest(-7.0, least(7.0, (x - mean_50) / sqrt((square_50 - mean_50 * mean_50) * 50 / 49))), 0.0)
  END AS zscore_50,
  CASE
    WHEN moved_200 = 0 THEN 0.0
    ELSE coalesce(
      greatest(-14.1, least(14.1, (x - mean_200) / sqrt((square_200 - mean_200 * mean_200) * 200 / 199))),
      0.0
    )
  END AS zscore_200
FROM windows
