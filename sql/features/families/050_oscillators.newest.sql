-- purpose The oscillators of the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 19; stored rows 1
-- takes   :from, the newest bar
WITH lagged AS (
  SELECT
    symbol,
    back,
    high,
    low,
    close,
    (high + low + close) / 3 AS p,
    lag(close, 1) OVER (PARTITION BY symbol ORDER BY ts) AS close_1
  FROM bars
),
sums AS (
  SELECT
    symbol,
    sum(CASE WHEN back < 14 AND close / close_1 > 1 THEN close - close_1 ELSE 0.0 END) AS gain_14,
    sum(CASE WHEN back < 14 AND close / close_1 < 1 THEN close_1 - close ELSE 0.0 END) AS loss_14,
    max(CASE WHEN back = 0 THEN close END) AS close_0,
    max(CASE WHEN back = 1 THEN close END) AS close_1,
    max(CASE WHEN back = 2 THEN close END) AS close_2,
    max(CASE WHEN back < 14 THEN high END) AS high_0,
    min(CASE WHEN back < 14 THEN low END) AS low_0,
    max(CASE WHEN back BETWEEN 1 AND 14 THEN high END) AS high_1,
    min(CASE WHEN back BETWEEN 1 AND 14 THEN low END) AS low_1,
    max(CASE WHEN back BETWEEN 2 AND 15 THEN high END) AS high_2,
    min(CASE WHEN back BETWEEN 2 AND 15 THEN low END) AS low_2,
    max(CASE WHEN back = 0 THEN p END) AS p,
    ksum(p) / 20 AS m,
    max(p) / min(p) AS spread
  FROM lagged
),
deviations AS (
  SELECT l.symbol AS symbol, avg(abs(l.p - s.m)) AS mean_deviation
  FROM lagged l
  JOIN sums s ON s.symbol = l.symbol
),
stochastics AS (
  SELECT
    s.symbol AS symbol,
    s.gain_14 AS gain_14,
    s.loss_14 AS loss_14,
    CASE WHEN high_0 / low_0 > 1 THEN 100 * ((close_0 - low_0) / (high_0 - low_0)) ELSE 50.0 END AS k_0,
    CASE WHEN high_1 / low_1 > 1 THEN 100 * ((close_1 - low_1) / (high_1 - low_1)) ELSE 50.0 END AS k_1,
    CASE WHEN high_2 / low_2 > 1 THEN 100 * ((close_2 - low_2) / (high_2 - low_2)) ELSE 50.0 END AS k_2,
    CASE WHEN high_0 / low_0 > 1 THEN -100 * ((high_0 - close_0) / (high_0 - low_0)) ELSE -50.0 END AS williams_r_14,
    CASE WHEN s.spread > 1 THEN (s.p - s.m) / (0.015 * d.mean_deviation) ELSE 0.0 END AS cci_20
  FROM sums s
  JOIN deviations d ON d.symbol = s.symbol
)
SELECT
  :from AS ts,
  symbol,
  coalesce(100 * (gain_14 / (gain_14 + loss_14)), 50.0) AS rsi_14,
  k_0 AS stoch_k,
  (k_0 + k_1 + k_2) / 3 AS stoch_d,
  cci_20,
  williams_r_14
FROM stochastics
