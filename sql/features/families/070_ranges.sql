-- purpose Volatility by the range of bars and by their log returns.
-- grain   One bar of one symbol.
-- reads   bars, window 50
-- state   keltner_middle_20
-- takes   :bars_a_year, for the year of a market that never closes (525,600 one-minute bars)
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
--
-- family volatility
--
-- feature atr_14: level in [0, inf], warm-up 14, reach 14
-- formula mean over 14 bars of the true range max(high - low, |high - close[1]|, |low - close[1]|)
-- null    0 when no true range in the 14 bars
-- source  Wilder, New Concepts in Technical Trading Systems (1978), with a simple mean
-- input   atr_14 / close
--
-- feature atr_14_pct: relative in [0, inf], warm-up 14, reach 14
-- formula 100 * atr_14 / close
-- null    0 when no true range in the 14 bars
-- source  atr_14 in percent of the close
-- input   atr_14_pct
--
-- feature keltner_upper_20: level in [0, inf], warm-up 40, reach 210
-- formula EMA20(hlc3) + 2 * mean true range over 20 bars
-- null    never
-- source  Keltner, How to Make Money in Commodities (1960), with the EMA of Raschke and Connors, Street Smarts (1995)
-- input   (keltner_upper_20 - close) / close
--
-- feature keltner_middle_20: level in [0, inf], warm-up 40, reach 210
-- formula EMA20(hlc3)
-- null    never
-- source  Keltner (1960), Raschke and Connors (1995)
-- input   (keltner_middle_20 - close) / close
--
-- feature keltner_lower_20: level in [-inf, inf], warm-up 40, reach 210
-- formula EMA20(hlc3) - 2 * mean true range over 20 bars
-- null    never
-- source  Keltner (1960), Raschke and Connors (1995)
-- input   (keltner_lower_20 - close) / close
--
-- feature keltner_width_20: relative in [0, inf], warm-up 40, reach 210
-- formula 100 * (upper - lower) / middle of the Keltner channel
-- null    0 when no true range in the 20 bars
-- source  Keltner (1960), Raschke and Connors (1995)
-- input   keltner_width_20
--
-- feature historical_volatility_20: relative in [0, inf], warm-up 20, reach 20
-- formula 100 * sample standard deviation of log_returns over 20 bars * sqrt(bars a year)
-- null    0 when no move in the 20 bars
-- source  Hull, Options, Futures and Other Derivatives (2018), 15.4
-- input   historical_volatility_20
--
-- feature historical_volatility_50: relative in [0, inf], warm-up 50, reach 50
-- formula 100 * sample standard deviation of log_returns over 50 bars * sqrt(bars a year)
-- null    0 when no move in the 50 bars
-- source  Hull (2018), 15.4
-- input   historical_volatility_50
--
-- feature parkinson_volatility_20: relative in [0, inf], warm-up 19, reach 19
-- formula 100 * sqrt(mean over 20 bars of ln(high / low)^2 / (4 ln 2)) * sqrt(bars a year)
-- null    0 when high = low in all 20 bars
-- source  Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, J. Business 53 (1980)
-- input   parkinson_volatility_20
WITH lagged AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    (high + low + close) / 3 AS hlc3,
    ln(high / low) AS log_range,
    lag(close, 1) OVER run AS close_1,
    past,
    seed_keltner_middle_20
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    close,
    CASE WHEN past THEN seed_keltner_middle_20 ELSE hlc3 END AS middle,
    greatest(high, close_1) - least(low, close_1) AS true_range,
    ln(close / close_1) AS log_return,
    ln(close / close_1) * ln(close / close_1) AS square,
    log_range * log_range AS square_range
  FROM lagged
),
tens AS (
  SELECT
    ts,
    symbol,
    close,
    avg(middle, 'period', 20) OVER run AS keltner_middle_20,
    true_range + lag(true_range, 1) OVER run + lag(true_range, 2) OVER run + lag(true_range, 3) OVER run
      + lag(true_range, 4) OVER run + lag(true_range, 5) OVER run + lag(true_range, 6) OVER run AS range_7,
    true_range + lag(true_range, 1) OVER run + lag(true_range, 2) OVER run + lag(true_range, 3) OVER run
      + lag(true_range, 4) OVER run + lag(true_range, 5) OVER run + lag(true_range, 6) OVER run
      + lag(true_range, 7) OVER run + lag(true_range, 8) OVER run + lag(true_range, 9) OVER run AS range_10,
    log_return + lag(log_return, 1) OVER run + lag(log_return, 2) OVER run + lag(log_return, 3) OVER run
      + lag(log_return, 4) OVER run + lag(log_return, 5) OVER run + lag(log_return, 6) OVER run
      + lag(log_return, 7) OVER run + lag(log_return, 8) OVER run + lag(log_return, 9) OVER run AS return_10,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run + lag(square, 4) OVER run
      + lag(square, 5) OVER run + lag(square, 6) OVER run + lag(square, 7) OVER run + lag(square, 8) OVER run
      + lag(square, 9) OVER run AS square_10,
    square_range + lag(square_range, 1) OVER run + lag(square_range, 2) OVER run + lag(square_range, 3) OVER run
      + lag(square_range, 4) OVER run + lag(square_range, 5) OVER run + lag(square_range, 6) OVER run
      + lag(square_range, 7) OVER run + lag(square_range, 8) OVER run
      + lag(square_range, 9) OVER run AS square_range_10
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    close,
    keltner_middle_20,
    (range_7 + lag(range_7, 7) OVER run) / 14 AS atr_14,
    (range_10 + lag(range_10, 10) OVER run) / 20 AS atr_20,
    return_10 + lag(return_10, 10) OVER run AS return_20,
    square_10 + lag(square_10, 10) OVER run AS square_20,
    return_10 + lag(return_10, 10) OVER run + lag(return_10, 20) OVER run + lag(return_10, 30) OVER run
      + lag(return_10, 40) OVER run AS return_50,
    square_10 + lag(square_10, 10) OVER run + lag(square_10, 20) OVER run + lag(square_10, 30) OVER run
      + lag(square_10, 40) OVER run AS square_50,
    square_range_10 + lag(square_range_10, 10) OVER run AS square_range_20
  FROM tens
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  atr_14,
  100 * atr_14 / close AS atr_14_pct,
  keltner_middle_20 + 2 * atr_20 AS keltner_upper_20,
  keltner_middle_20,
  keltner_middle_20 - 2 * atr_20 AS keltner_lower_20,
  400 * atr_20 / keltner_middle_20 AS keltner_width_20,
  -- Of equal moves the difference is 0 but for rounding.
  100 * sqrt(greatest(0.0, square_20 - return_20 * return_20 / 20) / 19 * :bars_a_year) AS historical_volatility_20,
  100 * sqrt(greatest(0.0, square_50 - return_50 * return_50 / 50) / 49 * :bars_a_year) AS historical_volatility_50,
  100 * sqrt(square_range_20 / 20 / (4 * ln(2.0)) * :bars_a_year) AS parkinson_volatility_20
FROM sums
