-- purpose Where the close stands in its channels of one and of four hours of bars, and how old their bounds are.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 240
-- trap    max and min over a frame take values within 1e-10 for equal: prices are first multiplied by 2^40, which is
--         exact. No window function tells where a maximum stands: what is maximised carries the number of its bar in
--         its last 23 bits, below the logarithm of the price in steps of 1.5e-8.
-- trap    A running sum of squares keeps a residue of what has left its window, and cancels where the price has moved
--         away from where the run began. So the squared deviations of 10 bars from their own mean are taken from an
--         array, and those of 50 and 200 bars are the sum of those of their parts and of the parts' means. The
--         deviation of equal values is exactly 0, and a division by it is null.
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
    ARRAY[
      close, lag(close, 1) OVER run, lag(close, 2) OVER run, lag(close, 3) OVER run, lag(close, 4) OVER run,
      lag(close, 5) OVER run, lag(close, 6) OVER run, lag(close, 7) OVER run, lag(close, 8) OVER run,
      lag(close, 9) OVER run
    ] AS last_10,
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
    max(high * 1099511627776.0) OVER last_60 / 1099511627776.0 AS high_60,
    max(high * 1099511627776.0) OVER last_240 / 1099511627776.0 AS high_240,
    min(low * 1099511627776.0) OVER last_60 / 1099511627776.0 AS low_60,
    min(low * 1099511627776.0) OVER last_240 / 1099511627776.0 AS low_240,
    max(floor(ln(high / first_close) * 67108864.0) * 8388608.0 + bar) OVER last_60 AS high_at_60,
    max(floor(ln(high / first_close) * 67108864.0) * 8388608.0 + bar) OVER last_240 AS high_at_240,
    max(floor(ln(first_close / low) * 67108864.0) * 8388608.0 + bar) OVER last_60 AS low_at_60,
    max(floor(ln(first_close / low) * 67108864.0) * 8388608.0 + bar) OVER last_240 AS low_at_240,
    array_avg(last_10) AS mean_10,
    9 * array_stddev_samp(last_10) * array_stddev_samp(last_10) AS squares_10
  FROM numbered
  WINDOW
    last_60 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 59 PRECEDING AND CURRENT ROW),
    last_240 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 239 PRECEDING AND CURRENT ROW)
),
fifties AS (
  SELECT
    ts,
    symbol,
    close,
    bar,
    high_60,
    high_240,
    low_60,
    low_240,
    high_at_60,
    high_at_240,
    low_at_60,
    low_at_240,
    ARRAY[
      mean_10, lag(mean_10, 10) OVER run, lag(mean_10, 20) OVER run, lag(mean_10, 30) OVER run,
      lag(mean_10, 40) OVER run
    ] AS means,
    squares_10 + lag(squares_10, 10) OVER run + lag(squares_10, 20) OVER run + lag(squares_10, 30) OVER run
      + lag(squares_10, 40) OVER run AS squares_within
  FROM windows
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
joined AS (
  SELECT
    ts,
    symbol,
    close,
    bar,
    high_60,
    high_240,
    low_60,
    low_240,
    high_at_60,
    high_at_240,
    low_at_60,
    low_at_240,
    array_avg(means) AS mean_50,
    squares_within + 40 * array_stddev_samp(means) * array_stddev_samp(means) AS squares_50
  FROM fifties
),
two_hundreds AS (
  SELECT
    ts,
    symbol,
    close,
    bar,
    high_60,
    high_240,
    low_60,
    low_240,
    high_at_60,
    high_at_240,
    low_at_60,
    low_at_240,
    mean_50,
    squares_50,
    ARRAY[mean_50, lag(mean_50, 50) OVER run, lag(mean_50, 100) OVER run, lag(mean_50, 150) OVER run] AS means,
    squares_50 + lag(squares_50, 50) OVER run + lag(squares_50, 100) OVER run
      + lag(squares_50, 150) OVER run AS squares_within
  FROM joined
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
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
  coalesce((close - mean_50) / sqrt(squares_50 / 49), 0.0) AS zscore_50,
  coalesce(
    (close - array_avg(means))
      / sqrt((squares_within + 150 * array_stddev_samp(means) * array_stddev_samp(means)) / 199),
    0.0
  ) AS zscore_200
FROM two_hundreds
