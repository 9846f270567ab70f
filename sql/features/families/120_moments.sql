-- purpose The shape of the distribution of recent returns, and whether they go on or turn back.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 100
-- trap    A running sum of cubes or fourth powers keeps a residue of each outlier that swamps quiet bars. So each
--         return is first divided by the deviation of its time; what is summed stays below 2,500.
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
sizes AS (
  SELECT
    ts,
    symbol,
    r,
    way_20,
    avg(r * r) OVER last_50 AS square_50,
    avg(r * r) OVER last_54 AS square_54,
    avg(r_5 * r_5) OVER last_50 AS square_5_50,
    avg(CASE WHEN sign(r) > 0 THEN r * r ELSE 0.0 END) OVER last_50 AS rise_50,
    sum(abs(r)) OVER last_20 AS path_20,
    sum(abs(sign(r))) OVER last_20 AS moved_20,
    sum(abs(sign(r))) OVER last_50 AS moved_50,
    sum(abs(sign(r))) OVER last_54 AS moved_54,
    sum(CASE WHEN sign(r) > 0 THEN 1 ELSE 0 END) OVER last_50 AS rises_50
  FROM moves
  WINDOW
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW),
    last_54 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 53 PRECEDING AND CURRENT ROW)
),
scaled AS (
  SELECT
    ts,
    symbol,
    CASE WHEN moved_50 = 0 THEN 0.0 ELSE r / sqrt(square_50) END AS z,
    CASE WHEN moved_54 = 0 THEN 1.0 ELSE least(5.4, square_5_50 / (5 * square_54)) END AS variance_ratio_5_50,
    CASE
      WHEN moved_50 = 0 THEN 0.5
      WHEN rises_50 = 0 THEN 0.0
      ELSE least(1.0, rise_50 / square_50)
    END AS up_variance_share_50,
    CASE WHEN moved_20 = 0 THEN 0.0 ELSE least(1.0, way_20 / path_20) END AS efficiency_ratio_20
  FROM sizes
),
paired AS (
  SELECT
    ts,
    symbol,
    z,
    lag(z, 1) OVER run AS z_1,
    variance_ratio_5_50,
    up_variance_share_50,
    efficiency_ratio_20
  FROM scaled
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
powers AS (
  SELECT
    ts,
    symbol,
    avg(z) OVER last_50 AS p1,
    avg(z * z) OVER last_50 AS p2,
    avg(z * z * z) OVER last_50 AS p3,
    avg(z * z * z * z) OVER last_50 AS p4,
    avg(z * z_1) OVER last_50 AS p11,
    avg(z_1) OVER last_50 AS q1,
    avg(z_1 * z_1) OVER last_50 AS q2,
    variance_ratio_5_50,
    up_variance_share_50,
    efficiency_ratio_20
  FROM paired
  WINDOW last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
)
SELECT
  ts,
  symbol,
  CASE
    WHEN p2 - p1 * p1 > 1e-4
      THEN greatest(-7.0, least(7.0, (p3 - 3 * p1 * p2 + 2 * p1 * p1 * p1) / power(p2 - p1 * p1, 1.5)))
    ELSE 0.0
  END AS skewness_50,
  CASE
    WHEN p2 - p1 * p1 > 1e-4 THEN greatest(-2.0, least(48.0,
      (p4 - 4 * p1 * p3 + 6 * p1 * p1 * p2 - 3 * p1 * p1 * p1 * p1) / ((p2 - p1 * p1) * (p2 - p1 * p1)) - 3))
    ELSE 0.0
  END AS kurtosis_50,
  CASE
    WHEN p2 - p1 * p1 > 1e-4 AND q2 - q1 * q1 > 1e-4
      THEN greatest(-1.0, least(1.0, (p11 - p1 * q1) / sqrt((p2 - p1 * p1) * (q2 - q1 * q1))))
    ELSE 0.0
  END AS autocorrelation_50,
  variance_ratio_5_50,
  up_variance_share_50,
  efficiency_ratio_20
FROM powers
