-- purpose Volatility by the range of bars and by their log returns.
-- grain   One bar of one symbol.
-- reads   bars, window 50
-- state   keltner_middle_20
-- takes   :bars_a_year, for the year of a market that never closes (525,600 one-minute bars)
-- trap    Running means keep a residue after prices have gone flat, so flatness is told by counts: `wide` counts bars
--         with a true range, `spread` bars with high above low, `moved` bars whose close moved.
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
    log_range,
    greatest(high, close_1) - least(low, close_1) AS true_range,
    ln(close / close_1) AS log_return
  FROM lagged
),
windows AS (
  SELECT
    ts,
    symbol,
    close,
    avg(true_range) OVER last_14 AS range_14,
    avg(true_range) OVER last_20 AS range_20,
    avg(log_return) OVER last_20 AS return_20,
    avg(log_return * log_return) OVER last_20 AS square_20,
    avg(log_return) OVER last_50 AS return_50,
    avg(log_return * log_return) OVER last_50 AS square_50,
    avg(log_range * log_range) OVER last_20 AS log_range_20,
    sum(sign(true_range)) OVER last_14 AS wide_14,
    sum(sign(true_range)) OVER last_20 AS wide_20,
    sum(abs(sign(log_return))) OVER last_20 AS moved_20,
    sum(abs(sign(log_return))) OVER last_50 AS moved_50,
    sum(sign(log_range)) OVER last_20 AS spread_20,
    avg(middle, 'period', 20) OVER run AS keltner_middle_20
  FROM terms
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
),
exact AS (
  SELECT
    ts,
    symbol,
    close,
    keltner_middle_20,
    CASE WHEN wide_14 = 0 THEN 0.0 ELSE range_14 END AS atr_14,
    CASE WHEN wide_20 = 0 THEN 0.0 ELSE range_20 END AS atr_20,
    CASE WHEN moved_20 = 0 THEN 0.0 ELSE greatest(0.0, square_20 - return_20 * return_20) * 20 / 19 END AS variance_20,
    CASE WHEN moved_50 = 0 THEN 0.0 ELSE greatest(0.0, square_50 - return_50 * return_50) * 50 / 49 END AS variance_50,
    CASE WHEN spread_20 = 0 THEN 0.0 ELSE greatest(0.0, log_range_20) END AS square_range_20
  FROM windows
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
  100 * sqrt(variance_20 * :bars_a_year) AS historical_volatility_20,
  100 * sqrt(variance_50 * :bars_a_year) AS historical_volatility_50,
  100 * sqrt(square_range_20 / (4 * ln(2.0)) * :bars_a_year) AS parkinson_volatility_20
FROM exact
