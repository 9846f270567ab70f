-- purpose The shape of the distribution of recent returns, and whether they go on or turn back.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 100
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
--
-- family  scaled
-- hypothesis Beyond their size, returns differ in lopsidedness, in tails and in whether moves are followed up: trends
--         show in variance that grows faster than time, rebounds in the reverse.
--
-- feature skewness_50: relative in [-7, 7], warm-up 99, reach 99
-- formula mean((z - m)^3) / mean((z - m)^2)^1.5 over 50 bars, m = mean(z), z = log_returns / sqrt(mean(log_returns^2
--         over the 50 bars that end with that bar)), 0 when that is 0
-- null    0 when mean((z - m)^2) is below 1e-4
-- source  Amaya, Christoffersen, Jacobs and Vasquez, Does Realized Skewness Predict the Cross-Section of Equity
--         Returns?, J. Financial Economics 118 (2015), of returns freed of their volatility
-- input   skewness_50
--
-- feature kurtosis_50: relative in [-2, 48], warm-up 99, reach 99
-- formula mean((z - m)^4) / mean((z - m)^2)^2 - 3 over 50 bars, z and m as in skewness_50
-- null    0 when mean((z - m)^2) is below 1e-4
-- source  Amaya, Christoffersen, Jacobs and Vasquez (2015), of returns freed of their volatility
-- input   kurtosis_50
--
-- feature autocorrelation_50: relative in [-1, 1], warm-up 100, reach 100
-- formula correlation over 50 bars of z and z[1], z as in skewness_50
-- null    0 when the variance of z or of z[1] is below 1e-4
-- source  Lo and MacKinlay, When Are Contrarian Profits Due to Stock Market Overreaction?, Review of Financial Studies
--         3 (1990), of returns freed of their volatility
-- input   autocorrelation_50
--
-- feature variance_ratio_5_50: relative in [0, 5.4], warm-up 54, reach 54
-- formula mean(ln(close / close[5])^2 over 50) / (5 * mean(log_returns^2 over the 54 bars that they are made of))
-- null    1 when no move in the 54 bars
-- source  Lo and MacKinlay, Stock Market Prices Do Not Follow Random Walks, Review of Financial Studies 1 (1988)
-- input   variance_ratio_5_50
--
-- feature up_variance_share_50: relative in [0, 1], warm-up 50, reach 50
-- formula sum(log_returns^2 of the bars that rose) / sum(log_returns^2) over 50 bars
-- null    0.5 when no move in the 50 bars
-- source  Barndorff-Nielsen, Kinnebrock and Shephard, Measuring Downside Risk: Realised Semivariance (2010)
-- input   up_variance_share_50
--
-- feature efficiency_ratio_20: relative in [0, 1], warm-up 20, reach 20
-- formula |ln(close / close[20])| / sum(|log_returns| over 20)
-- null    0 when no move in the 20 bars
-- source  Kaufman, Smarter Trading (1995), with log returns
-- input   efficiency_ratio_20
WITH lagged AS (
  SELECT
    ts,
    symbol,
    close,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 20) OVER run AS close_20
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
moves AS (
  SELECT
    ts,
    symbol,
    ln(close / close_1) AS r,
    ln(close / close_5) AS r_5,
    abs(ln(close / close_20)) AS way_20
  FROM lagged
),
-- What is computed at length is stored by a lag of 0; else each use of it would compute it anew.
terms AS (
  SELECT
    ts,
    symbol,
    lag(r, 0) OVER run AS r,
    lag(r * r, 0) OVER run AS square,
    lag(r_5 * r_5, 0) OVER run AS jump,
    lag(CASE WHEN sign(r) > 0 THEN r * r ELSE 0.0 END, 0) OVER run AS rise,
    lag(abs(r), 0) OVER run AS step,
    way_20
  FROM moves
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
fives AS (
  SELECT
    ts,
    symbol,
    r,
    way_20,
    square,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5,
    jump + lag(jump, 1) OVER run + lag(jump, 2) OVER run + lag(jump, 3) OVER run + lag(jump, 4) OVER run AS jump_5,
    rise + lag(rise, 1) OVER run + lag(rise, 2) OVER run + lag(rise, 3) OVER run + lag(rise, 4) OVER run AS rise_5,
    step + lag(step, 1) OVER run + lag(step, 2) OVER run + lag(step, 3) OVER run + lag(step, 4) OVER run AS step_5
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
tens AS (
  SELECT
    ts,
    symbol,
    r,
    way_20,
    square_5 + lag(square_5, 5) OVER run AS square_10,
    lag(square, 50) OVER run + lag(square, 51) OVER run + lag(square, 52) OVER run + lag(square, 53) OVER run
      AS square_before_50,
    jump_5 + lag(jump_5, 5) OVER run AS jump_10,
    rise_5 + lag(rise_5, 5) OVER run AS rise_10,
    step_5 + lag(step_5, 5) OVER run + lag(step_5, 10) OVER run + lag(step_5, 15) OVER run AS path_20
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    r,
    way_20,
    square_before_50,
    path_20,
    square_10 + lag(square_10, 10) OVER run + lag(square_10, 20) OVER run + lag(square_10, 30) OVER run
      + lag(square_10, 40) OVER run AS square_50,
    jump_10 + lag(jump_10, 10) OVER run + lag(jump_10, 20) OVER run + lag(jump_10, 30) OVER run
      + lag(jump_10, 40) OVER run AS jump_50,
    rise_10 + lag(rise_10, 10) OVER run + lag(rise_10, 20) OVER run + lag(rise_10, 30) OVER run
      + lag(rise_10, 40) OVER run AS rise_50
  FROM tens
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
scaled AS (
  SELECT
    ts,
    symbol,
    lag(coalesce(r / sqrt(square_50 / 50), 0.0), 0) OVER run AS z,
    least(5.4, coalesce(jump_50 / 50 / (5 * (square_50 + square_before_50) / 54), 1.0)) AS variance_ratio_5_50,
    coalesce(rise_50 / square_50, 0.5) AS up_variance_share_50,
    least(1.0, coalesce(way_20 / path_20, 0.0)) AS efficiency_ratio_20
  FROM sums
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
laid_out AS (
  SELECT
    ts,
    symbol,
    ARRAY[
      z, lag(z, 1) OVER run, lag(z, 2) OVER run, lag(z, 3) OVER run, lag(z, 4) OVER run, lag(z, 5) OVER run,
      lag(z, 6) OVER run, lag(z, 7) OVER run, lag(z, 8) OVER run, lag(z, 9) OVER run, lag(z, 10) OVER run,
      lag(z, 11) OVER run, lag(z, 12) OVER run, lag(z, 13) OVER run, lag(z, 14) OVER run, lag(z, 15) OVER run,
      lag(z, 16) OVER run, lag(z, 17) OVER run, lag(z, 18) OVER run, lag(z, 19) OVER run, lag(z, 20) OVER run,
      lag(z, 21) OVER run, lag(z, 22) OVER run, lag(z, 23) OVER run, lag(z, 24) OVER run, lag(z, 25) OVER run,
      lag(z, 26) OVER run, lag(z, 27) OVER run, lag(z, 28) OVER run, lag(z, 29) OVER run, lag(z, 30) OVER run,
      lag(z, 31) OVER run, lag(z, 32) OVER run, lag(z, 33) OVER run, lag(z, 34) OVER run, lag(z, 35) OVER run,
      lag(z, 36) OVER run, lag(z, 37) OVER run, lag(z, 38) OVER run, lag(z, 39) OVER run, lag(z, 40) OVER run,
      lag(z, 41) OVER run, lag(z, 42) OVER run, lag(z, 43) OVER run, lag(z, 44) OVER run, lag(z, 45) OVER run,
      lag(z, 46) OVER run, lag(z, 47) OVER run, lag(z, 48) OVER run, lag(z, 49) OVER run, lag(z, 50) OVER run
    ] AS last_51,
    variance_ratio_5_50,
    up_variance_share_50,
    efficiency_ratio_20
  FROM scaled
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
centred AS (
  SELECT
    ts,
    symbol,
    last_51[1:51] - array_avg(last_51[1:51]) AS now,
    last_51[2:52] - array_avg(last_51[2:52]) AS before,
    variance_ratio_5_50,
    up_variance_share_50,
    efficiency_ratio_20
  FROM laid_out
),
products AS (
  SELECT
    ts,
    symbol,
    lag(dot_product(now, now) / 50, 0) OVER run AS p2,
    lag(dot_product(now * now, now) / 50, 0) OVER run AS p3,
    lag(dot_product(now * now, now * now) / 50, 0) OVER run AS p4,
    lag(dot_product(before, before) / 50, 0) OVER run AS q2,
    lag(dot_product(now, before) / 50, 0) OVER run AS p11,
    variance_ratio_5_50,
    up_variance_share_50,
    efficiency_ratio_20
  FROM centred
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  CASE WHEN p2 > 1e-4 THEN p3 / power(p2, 1.5) ELSE 0.0 END AS skewness_50,
  CASE WHEN p2 > 1e-4 THEN p4 / (p2 * p2) - 3 ELSE 0.0 END AS kurtosis_50,
  CASE
    WHEN p2 > 1e-4 AND q2 > 1e-4 THEN greatest(-1.0, least(1.0, p11 / sqrt(p2 * q2)))
    ELSE 0.0
  END AS autocorrelation_50,
  variance_ratio_5_50,
  up_variance_share_50,
  efficiency_ratio_20
FROM products
