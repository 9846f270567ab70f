-- purpose How far a symbol moves, in logs and over spells from one bar to 240, and how much is traded beside that.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 240
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
-- note    The least deviation, 1e-5, is that of the labels (sql/labels): below it a logarithm would tell of rounding.
--
-- family  range
-- hypothesis Volatility comes in spells of minutes, hours and days, which a model weighs best when it sees each in
--         logs; the range
--         of a bar tells more of it than its two closes do.
--
-- feature log_deviation_1: relative in [-11.6, inf], warm-up 1, reach 1
-- formula ln(max(s, 1e-5)), s the size of log_returns
-- null    never
-- source  Corsi, A Simple Approximate Long-Memory Model of Realized Volatility, J. Financial Econometrics 7 (2009), in
--         logs
-- input   log_deviation_1
--
-- feature log_deviation_5: relative in [-11.6, inf], warm-up 5, reach 5
-- formula ln(max(s, 1e-5)), s the sample standard deviation of log_returns over 5 bars
-- null    never
-- source  Corsi (2009), in logs
-- input   log_deviation_5
--
-- feature log_deviation_20: relative in [-11.6, inf], warm-up 20, reach 20
-- formula ln(max(s, 1e-5)), s the sample standard deviation of log_returns over 20 bars
-- null    never
-- source  Corsi (2009), in logs
-- input   log_deviation_20
--
-- feature log_deviation_60: relative in [-11.6, inf], warm-up 60, reach 60
-- formula ln(max(s, 1e-5)), s the sample standard deviation of log_returns over 60 bars
-- null    never
-- source  Corsi (2009), in logs
-- input   log_deviation_60
--
-- feature log_deviation_240: relative in [-11.6, inf], warm-up 240, reach 240
-- formula ln(max(s, 1e-5)), s the sample standard deviation of log_returns over 240 bars
-- null    never
-- source  Corsi (2009), in logs
-- input   log_deviation_240
--
-- feature log_parkinson_1: relative in [-11.6, inf], warm-up 0, reach 0
-- formula ln(max(s, 1e-5)), s = sqrt(ln(high / low)^2 / (4 ln 2))
-- null    never
-- source  Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, J. Business 53 (1980)
-- input   log_parkinson_1
--
-- feature log_parkinson_5: relative in [-11.6, inf], warm-up 4, reach 4
-- formula ln(max(s, 1e-5)), s = sqrt(mean of ln(high / low)^2 over 5 bars / (4 ln 2))
-- null    never
-- source  Parkinson (1980)
-- input   log_parkinson_5
--
-- feature log_parkinson_20: relative in [-11.6, inf], warm-up 19, reach 19
-- formula ln(max(s, 1e-5)), s = sqrt(mean of ln(high / low)^2 over 20 bars / (4 ln 2))
-- null    never
-- source  Parkinson (1980)
-- input   log_parkinson_20
--
-- feature log_parkinson_60: relative in [-11.6, inf], warm-up 59, reach 59
-- formula ln(max(s, 1e-5)), s = sqrt(mean of ln(high / low)^2 over 60 bars / (4 ln 2))
-- null    never
-- source  Parkinson (1980)
-- input   log_parkinson_60
--
-- feature log_parkinson_240: relative in [-11.6, inf], warm-up 239, reach 239
-- formula ln(max(s, 1e-5)), s = sqrt(mean of ln(high / low)^2 over 240 bars / (4 ln 2))
-- null    never
-- source  Parkinson (1980)
-- input   log_parkinson_240
--
-- feature log_volume_ratio_5: relative in [0, 2], warm-up 4, reach 4
-- formula ln(1 + volume / mean of volume over 5 bars)
-- null    0 when no volume in the 5 bars
-- source  Karpoff, The Relation between Price Changes and Trading Volume, J. Financial and Quantitative Analysis 22
--         (1987)
-- input   log_volume_ratio_5
--
-- feature log_volume_ratio_20: relative in [0, 4], warm-up 19, reach 19
-- formula ln(1 + volume / mean of volume over 20 bars)
-- null    0 when no volume in the 20 bars
-- source  Karpoff (1987)
-- input   log_volume_ratio_20
--
-- feature log_volume_ratio_60: relative in [0, 5], warm-up 59, reach 59
-- formula ln(1 + volume / mean of volume over 60 bars)
-- null    0 when no volume in the 60 bars
-- source  Karpoff (1987)
-- input   log_volume_ratio_60
--
-- feature log_volume_ratio_240: relative in [0, 6], warm-up 239, reach 239
-- formula ln(1 + volume / mean of volume over 240 bars)
-- null    0 when no volume in the 240 bars
-- source  Karpoff (1987)
-- input   log_volume_ratio_240
--
-- feature return_in_deviations_5: relative in [-inf, inf], warm-up 240, reach 240
-- formula ln(close / close[5]) / (exp(log_deviation_240) * sqrt(5))
-- null    never
-- source  Bollerslev, Generalized Autoregressive Conditional Heteroskedasticity, J. Econometrics 31 (1986),
--         standardised returns
-- input   return_in_deviations_5
--
-- feature move_in_deviations_5: relative in [0, inf], warm-up 240, reach 240
-- formula the size of return_in_deviations_5
-- null    never
-- source  Bollerslev (1986), standardised returns
-- input   move_in_deviations_5
--
-- feature return_in_deviations_15: relative in [-inf, inf], warm-up 240, reach 240
-- formula ln(close / close[15]) / (exp(log_deviation_240) * sqrt(15))
-- null    never
-- source  Bollerslev (1986), standardised returns
-- input   return_in_deviations_15
--
-- feature move_in_deviations_15: relative in [0, inf], warm-up 240, reach 240
-- formula the size of return_in_deviations_15
-- null    never
-- source  Bollerslev (1986), standardised returns
-- input   move_in_deviations_15
--
-- feature return_in_deviations_60: relative in [-inf, inf], warm-up 240, reach 240
-- formula ln(close / close[60]) / (exp(log_deviation_240) * sqrt(60))
-- null    never
-- source  Bollerslev (1986), standardised returns
-- input   return_in_deviations_60
--
-- feature move_in_deviations_60: relative in [0, inf], warm-up 240, reach 240
-- formula the size of return_in_deviations_60
-- null    never
-- source  Bollerslev (1986), standardised returns
-- input   move_in_deviations_60
WITH lagged AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    volume,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 15) OVER run AS close_15,
    lag(close, 20) OVER run AS close_20,
    lag(close, 60) OVER run AS close_60,
    lag(close, 240) OVER run AS close_240
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    volume,
    ln(close / close_1) AS r_1,
    ln(close / close_5) AS r_5,
    ln(close / close_15) AS r_15,
    ln(close / close_20) AS r_20,
    ln(close / close_60) AS r_60,
    ln(close / close_240) AS r_240,
    ln(close / close_1) * ln(close / close_1) AS square,
    ln(high / low) * ln(high / low) AS range_1
  FROM lagged
),
fives AS (
  SELECT
    ts,
    symbol,
    volume,
    r_1,
    r_5,
    r_15,
    r_20,
    r_60,
    r_240,
    range_1,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5,
    range_1 + lag(range_1, 1) OVER run + lag(range_1, 2) OVER run + lag(range_1, 3) OVER run
      + lag(range_1, 4) OVER run AS range_5,
    volume + lag(volume, 1) OVER run + lag(volume, 2) OVER run + lag(volume, 3) OVER run
      + lag(volume, 4) OVER run AS volume_5
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
twenties AS (
  SELECT
    ts,
    symbol,
    volume,
    r_1,
    r_5,
    r_15,
    r_20,
    r_60,
    r_240,
    range_1,
    square_5,
    range_5,
    volume_5,
    square_5 + lag(square_5, 5) OVER run + lag(square_5, 10) OVER run + lag(square_5, 15) OVER run AS square_20,
    range_5 + lag(range_5, 5) OVER run + lag(range_5, 10) OVER run + lag(range_5, 15) OVER run AS range_20,
    volume_5 + lag(volume_5, 5) OVER run + lag(volume_5, 10) OVER run + lag(volume_5, 15) OVER run AS volume_20
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sixties AS (
  SELECT
    ts,
    symbol,
    volume,
    r_1,
    r_5,
    r_15,
    r_20,
    r_60,
    r_240,
    range_1,
    square_5,
    range_5,
    volume_5,
    square_20,
    range_20,
    volume_20,
    square_20 + lag(square_20, 20) OVER run + lag(square_20, 40) OVER run AS square_60,
    range_20 + lag(range_20, 20) OVER run + lag(range_20, 40) OVER run AS range_60,
    volume_20 + lag(volume_20, 20) OVER run + lag(volume_20, 40) OVER run AS volume_60
  FROM twenties
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    volume,
    r_1,
    r_5,
    r_15,
    r_20,
    r_60,
    r_240,
    range_1,
    square_5,
    range_5,
    volume_5,
    square_20,
    range_20,
    volume_20,
    square_60,
    range_60,
    volume_60,
    square_60 + lag(square_60, 60) OVER run + lag(square_60, 120) OVER run + lag(square_60, 180) OVER run AS square_240,
    range_60 + lag(range_60, 60) OVER run + lag(range_60, 120) OVER run + lag(range_60, 180) OVER run AS range_240,
    volume_60 + lag(volume_60, 60) OVER run + lag(volume_60, 120) OVER run + lag(volume_60, 180) OVER run AS volume_240
  FROM sixties
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
deviations AS (
  SELECT
    *,
    greatest(1e-5, sqrt(greatest(0.0, square_240 - r_240 * r_240 / 240) / 239)) AS deviation_240
  FROM sums
)
SELECT
  ts,
  symbol,
  ln(greatest(1e-5, abs(r_1))) AS log_deviation_1,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_5 - r_5 * r_5 / 5) / 4))) AS log_deviation_5,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_20 - r_20 * r_20 / 20) / 19))) AS log_deviation_20,
  ln(greatest(1e-5, sqrt(greatest(0.0, square_60 - r_60 * r_60 / 60) / 59))) AS log_deviation_60,
  ln(deviation_240) AS log_deviation_240,
  ln(greatest(1e-5, sqrt(range_1 / (4 * ln(2.0))))) AS log_parkinson_1,
  ln(greatest(1e-5, sqrt(range_5 / 5 / (4 * ln(2.0))))) AS log_parkinson_5,
  ln(greatest(1e-5, sqrt(range_20 / 20 / (4 * ln(2.0))))) AS log_parkinson_20,
  ln(greatest(1e-5, sqrt(range_60 / 60 / (4 * ln(2.0))))) AS log_parkinson_60,
  ln(greatest(1e-5, sqrt(range_240 / 240 / (4 * ln(2.0))))) AS log_parkinson_240,
  coalesce(ln(1 + volume * 5 / volume_5), 0.0) AS log_volume_ratio_5,
  coalesce(ln(1 + volume * 20 / volume_20), 0.0) AS log_volume_ratio_20,
  coalesce(ln(1 + volume * 60 / volume_60), 0.0) AS log_volume_ratio_60,
  coalesce(ln(1 + volume * 240 / volume_240), 0.0) AS log_volume_ratio_240,
  r_5 / (deviation_240 * sqrt(5.0)) AS return_in_deviations_5,
  abs(r_5) / (deviation_240 * sqrt(5.0)) AS move_in_deviations_5,
  r_15 / (deviation_240 * sqrt(15.0)) AS return_in_deviations_15,
  abs(r_15) / (deviation_240 * sqrt(15.0)) AS move_in_deviations_15,
  r_60 / (deviation_240 * sqrt(60.0)) AS return_in_deviations_60,
  abs(r_60) / (deviation_240 * sqrt(60.0)) AS move_in_deviations_60
FROM deviations
