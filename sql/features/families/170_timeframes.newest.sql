-- purpose The bars of 15 minutes and of one hour, as of their last close, at the newest bar alone. Where none of them
--         closes with it, it says of them what the bar before it says.
-- grain   One symbol.
-- reads   bars, window 0; stored rows 1
-- takes   :venue, :symbols; {candles}, {timeframe}; :from, the newest bar; :last, the one before it; :bars_a_year;
--         :slope_threshold, :range_threshold and :volatility_threshold of one-minute bars
-- trap    The minutes of the coarse bars are read only where one closes with the newest minute: else their interval
--         begins in the future, by so many times what is left of the coarse bar, and is empty. A text that differed
--         from minute to minute would be compiled anew, which takes longer than all of the features.
-- trap    A coarse bar counts only when all its minutes are there, so the window does when all of its minutes are.
WITH minutes AS (
  SELECT
    symbol,
    ts,
    close,
    15 AS length,
    (dateadd('m', -1, timestamp_floor('15m', dateadd('m', 1, :from)))::long - ts::long) / 60000000 AS back
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts <= :from
    AND ts >= (
      dateadd('m', -751, timestamp_floor('15m', dateadd('m', 1, :from)))::long
        + ((:from)::long + 60000000) % 900000000 * 10000
    )::timestamp
    AND complete
  UNION ALL
  SELECT
    symbol,
    ts,
    close,
    60 AS length,
    (dateadd('m', -1, timestamp_floor('1h', dateadd('m', 1, :from)))::long - ts::long) / 60000000 AS back
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts <= :from
    AND ts >= (
      dateadd('m', -3001, timestamp_floor('1h', dateadd('m', 1, :from)))::long
        + ((:from)::long + 60000000) % 3600000000 * 10000
    )::timestamp
    AND complete
),
counted AS (
  SELECT symbol, length, sum(CASE WHEN back < 50 * length THEN 1 ELSE 0 END) AS minutes
  FROM minutes
),
closed AS (
  SELECT
    symbol,
    length,
    close,
    back / length AS back,
    lag(close, 1) OVER (PARTITION BY symbol, length ORDER BY ts) AS close_1,
    max(CASE WHEN back = 0 THEN close END) OVER (PARTITION BY symbol, length) AS newest
  FROM minutes
  WHERE back % length = 0
),
sums AS (
  SELECT
    symbol,
    length,
    avg(CASE WHEN back < 20 THEN close END) AS mean_20,
    avg(CASE WHEN back < 20 THEN newest - close END) AS above_20,
    stddev_samp(CASE WHEN back < 20 THEN close END) AS std_20,
    avg(close) AS mean_50,
    stddev_samp(close) AS std_50,
    max(close) AS highest,
    min(close) AS lowest,
    sum((24.5 - back) * close) / 10412.5 AS rise,
    stddev_samp(CASE WHEN back < 20 THEN ln(close / close_1) END) AS std_returns,
    sum(CASE WHEN back < 14 AND close / close_1 > 1 THEN close - close_1 ELSE 0.0 END) AS gain_14,
    sum(CASE WHEN back < 14 AND close / close_1 < 1 THEN close_1 - close ELSE 0.0 END) AS loss_14
  FROM closed
  WHERE back < 50
),
lines AS (
  SELECT
    s.symbol AS symbol,
    s.length AS length,
    sqrt(s.length) AS root,
    CASE WHEN s.highest / s.lowest > 1 THEN 100 * s.rise / s.mean_50 ELSE 0.0 END AS slope,
    CASE
      WHEN s.highest / s.lowest > 1 THEN least(1.0, coalesce(s.rise * s.rise * 212.5 / (s.std_50 * s.std_50), 0.0))
      ELSE 0.0
    END AS r2,
    100 * (s.highest - s.lowest) / s.mean_50 AS width,
    100 * s.std_20 / s.mean_20 AS spread,
    100 * s.std_returns * sqrt(:bars_a_year * 1.0 / s.length) AS volatility,
    coalesce(100 * (s.gain_14 / (s.gain_14 + s.loss_14)), 50.0) AS rsi,
    100 * s.above_20 / s.mean_20 AS sma_ratio
  FROM sums s
  JOIN counted c ON c.symbol = s.symbol AND c.length = s.length
  WHERE c.minutes = 50 * s.length
),
measures AS (
  SELECT
    symbol,
    length,
    slope,
    r2,
    volatility,
    rsi,
    sma_ratio,
    CASE
      WHEN spread > :volatility_threshold * root THEN 4
      WHEN slope > :slope_threshold * root AND r2 > 0.5 THEN 3
      WHEN slope < -:slope_threshold * root AND r2 > 0.5 THEN 2
      WHEN width < :range_threshold * root THEN 1
      ELSE 0
    END AS regime
  FROM lines
),
before AS (
  SELECT
    *,
    ((:from)::long + 60000000) % 900000000 = 0 AS quarter,
    ((:from)::long + 60000000) % 3600000000 = 0 AS hour
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts = :last
)
SELECT
  :from AS ts,
  b.symbol AS symbol,
  CASE WHEN NOT b.quarter THEN b.has_15m WHEN q.rsi IS NULL THEN 0.0 ELSE 1.0 END AS has_15m,
  CASE WHEN NOT b.quarter THEN b.slope_50_15m ELSE coalesce(q.slope, 0.0) END AS slope_50_15m,
  CASE WHEN NOT b.quarter THEN b.trend_strength_15m ELSE coalesce(q.r2, 0.0) END AS trend_strength_15m,
  CASE WHEN NOT b.quarter THEN b.volatility_20_15m ELSE coalesce(q.volatility, 0.0) END AS volatility_20_15m,
  CASE WHEN NOT b.quarter THEN b.rsi_14_15m ELSE coalesce(q.rsi, 50.0) END AS rsi_14_15m,
  CASE WHEN NOT b.quarter THEN b.sma_ratio_20_15m ELSE coalesce(q.sma_ratio, 0.0) END AS sma_ratio_20_15m,
  CASE WHEN NOT b.quarter THEN b.regime_type_15m ELSE coalesce(q.regime, 0) END AS regime_type_15m,
  CASE WHEN NOT b.hour THEN b.has_1h WHEN h.rsi IS NULL THEN 0.0 ELSE 1.0 END AS has_1h,
  CASE WHEN NOT b.hour THEN b.slope_50_1h ELSE coalesce(h.slope, 0.0) END AS slope_50_1h,
  CASE WHEN NOT b.hour THEN b.trend_strength_1h ELSE coalesce(h.r2, 0.0) END AS trend_strength_1h,
  CASE WHEN NOT b.hour THEN b.volatility_20_1h ELSE coalesce(h.volatility, 0.0) END AS volatility_20_1h,
  CASE WHEN NOT b.hour THEN b.rsi_14_1h ELSE coalesce(h.rsi, 50.0) END AS rsi_14_1h,
  CASE WHEN NOT b.hour THEN b.sma_ratio_20_1h ELSE coalesce(h.sma_ratio, 0.0) END AS sma_ratio_20_1h,
  CASE WHEN NOT b.hour THEN b.regime_type_1h ELSE coalesce(h.regime, 0) END AS regime_type_1h
FROM before b
LEFT JOIN (SELECT * FROM measures WHERE length = 15) q ON q.symbol = b.symbol
LEFT JOIN (SELECT * FROM measures WHERE length = 60) h ON h.symbol = b.symbol
