-- purpose The shape of the distribution of recent returns at the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 100; stored rows 1
-- takes   :from, the newest bar
-- trap    A running sum keeps a residue of what has left its window, so the mean squares of the 51 bars that are scaled
--         by them are made of the terms in their windows alone.
WITH lagged AS (
  SELECT
    ts,
    symbol,
    close,
    back,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 20) OVER run AS close_20
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    back,
    lag(ln(close / close_1), 0) OVER run AS r,
    lag(ln(close / close_1) * ln(close / close_1), 0) OVER run AS square,
    ln(close / close_5) AS r_5,
    ln(close / close_20) AS r_20
  FROM lagged
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
fives AS (
  SELECT
    ts,
    symbol,
    back,
    r,
    r_5,
    r_20,
    square,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
fifties AS (
  SELECT
    ts,
    symbol,
    back,
    r,
    r_5,
    r_20,
    square,
    square_5 + lag(square_5, 5) OVER run + lag(square_5, 10) OVER run + lag(square_5, 15) OVER run
      + lag(square_5, 20) OVER run + lag(square_5, 25) OVER run + lag(square_5, 30) OVER run
      + lag(square_5, 35) OVER run + lag(square_5, 40) OVER run + lag(square_5, 45) OVER run AS square_50
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
scaled AS (
  SELECT
    ts,
    symbol,
    back,
    r,
    r_5,
    r_20,
    square,
    square_50,
    lag(coalesce(r / sqrt(square_50 / 50), 0.0), 0) OVER run AS z,
    lag(coalesce(r / sqrt(square_50 / 50), 0.0), 1) OVER run AS y
  FROM fifties
  WHERE back <= 54
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    symbol,
    avg(CASE WHEN back < 50 THEN z END) AS z1,
    avg(CASE WHEN back < 50 THEN z * z END) AS z2,
    avg(CASE WHEN back < 50 THEN z * z * z END) AS z3,
    avg(CASE WHEN back < 50 THEN z * z * z * z END) AS z4,
    avg(CASE WHEN back < 50 THEN y END) AS y1,
    avg(CASE WHEN back < 50 THEN y * y END) AS y2,
    avg(CASE WHEN back < 50 THEN z * y END) AS zy,
    avg(CASE WHEN back < 50 THEN r_5 * r_5 END) AS jump,
    avg(CASE WHEN back < 54 THEN square END) AS square_54,
    sum(CASE WHEN back < 50 AND sign(r) > 0 THEN square ELSE 0.0 END) AS rise_50,
    max(CASE WHEN back = 0 THEN square_50 END) AS square_50,
    max(CASE WHEN back = 0 THEN abs(r_20) END) AS way_20,
    sum(CASE WHEN back < 20 THEN abs(r) END) AS path_20
  FROM scaled
),
moments AS (
  SELECT
    symbol,
    z2 - z1 * z1 AS p2,
    z3 - 3 * z1 * z2 + 2 * z1 * z1 * z1 AS p3,
    z4 - 4 * z1 * z3 + 6 * z1 * z1 * z2 - 3 * z1 * z1 * z1 * z1 AS p4,
    y2 - y1 * y1 AS q2,
    zy - z1 * y1 AS p11,
    jump,
    square_54,
    rise_50,
    square_50,
    way_20,
    path_20
  FROM sums
)
SELECT
  :from AS ts,
  symbol,
  CASE WHEN p2 > 1e-4 THEN p3 / power(p2, 1.5) ELSE 0.0 END AS skewness_50,
  CASE WHEN p2 > 1e-4 THEN p4 / (p2 * p2) - 3 ELSE 0.0 END AS kurtosis_50,
  CASE
    WHEN p2 > 1e-4 AND q2 > 1e-4 THEN greatest(-1.0, least(1.0, p11 / sqrt(p2 * q2)))
    ELSE 0.0
  END AS autocorrelation_50,
  least(5.4, coalesce(jump / (5 * square_54), 1.0)) AS variance_ratio_5_50,
  coalesce(rise_50 / square_50, 0.5) AS up_variance_share_50,
  least(1.0, coalesce(way_20 / path_20, 0.0)) AS efficiency_ratio_20
FROM moments
