-- purpose What the last 50 closes say at the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 49; stored rows 49
-- takes   {timeframe}; :venue, :symbols; :from, the newest bar; :recall, the 49th bar before it; :last, the one before
--         it; :slope_threshold, :range_threshold, :volatility_threshold
-- note    The band widths of the bars before are those that are stored.
WITH measures AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN close END) AS close,
    avg(CASE WHEN back < 20 THEN close END) AS mean_20,
    stddev_samp(CASE WHEN back < 20 THEN close END) AS std_20,
    avg(close) AS mean_50,
    stddev_samp(close) AS std_50,
    max(close) AS highest,
    min(close) AS lowest,
    -- Sum of (x - mean x) * close, x the number of the bar; divided by the sum of (x - mean x)^2, the rise a bar.
    sum((24.5 - back) * close) / 10412.5 AS rise
  FROM bars
),
lines AS (
  SELECT
    symbol,
    close,
    mean_20,
    std_20,
    std_50,
    400 * std_20 / mean_20 AS width,
    100 * std_20 / mean_20 AS volatility,
    100 * (highest - lowest) / mean_50 AS channel,
    100 * rise / mean_50 AS slope,
    CASE
      WHEN highest / lowest > 1 THEN greatest(0.0, least(1.0, rise * rise * 212.5 / (std_50 * std_50)))
      ELSE 0.0
    END AS r2
  FROM measures
),
stored AS (
  SELECT ts, symbol, bbands_width_20, regime_type, regime_duration
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :recall AND :last
),
recalled AS (
  SELECT
    s.symbol AS symbol,
    sum(CASE WHEN s.bbands_width_20 > l.width THEN 1 ELSE 0 END) AS above,
    max(CASE WHEN s.ts = :last THEN s.regime_type END) AS last_type,
    max(CASE WHEN s.ts = :last THEN s.regime_duration END) AS last_duration
  FROM stored s
  JOIN lines l ON l.symbol = s.symbol
),
flags AS (
  SELECT
    l.symbol AS symbol,
    l.close AS close,
    l.mean_20 AS mean_20,
    l.std_20 AS std_20,
    l.std_50 AS std_50,
    l.width AS width,
    l.volatility AS volatility,
    l.channel AS channel,
    l.r2 AS r2,
    l.slope > :slope_threshold AND l.r2 > 0.5 AS up,
    l.slope < -:slope_threshold AND l.r2 > 0.5 AS down,
    l.channel < :range_threshold AS ranging,
    l.volatility > :volatility_threshold AS volatile,
    r.above AS above,
    r.last_type AS last_type,
    r.last_duration AS last_duration
  FROM lines l
  JOIN recalled r ON r.symbol = l.symbol
),
types AS (
  SELECT
    symbol,
    close,
    mean_20,
    std_20,
    std_50,
    width,
    volatility,
    channel,
    r2,
    up,
    down,
    ranging,
    volatile,
    above,
    last_type,
    last_duration,
    CASE WHEN volatile THEN 4 WHEN up THEN 3 WHEN down THEN 2 WHEN ranging THEN 1 ELSE 0 END AS type
  FROM flags
)
SELECT
  :from AS ts,
  symbol,
  std_20 AS std_dev_20,
  100 * std_20 / close AS std_dev_20_pct,
  mean_20 + 2 * std_20 AS bbands_upper_20,
  mean_20 AS bbands_middle_20,
  mean_20 - 2 * std_20 AS bbands_lower_20,
  width AS bbands_width_20,
  coalesce(0.5 + (close - mean_20) / (4 * std_20), 0.5) AS bbands_percent_b_20,
  coalesce(std_20 / std_50, 1.0) AS volatility_ratio_20_50,
  -- One of 50 values lies below their first quartile when at least 37 are above it.
  CASE WHEN above >= 37 THEN 1.0 ELSE 0.0 END AS bb_squeeze,
  CASE WHEN up THEN 1.0 ELSE 0.0 END AS is_trending_up,
  CASE WHEN down THEN 1.0 ELSE 0.0 END AS is_trending_down,
  CASE WHEN ranging THEN 1.0 ELSE 0.0 END AS is_ranging,
  CASE WHEN volatile THEN 1.0 ELSE 0.0 END AS is_volatile,
  r2 AS trend_strength,
  type AS regime_type,
  CASE type
    WHEN 4 THEN 1 - :volatility_threshold / volatility
    WHEN 3 THEN r2
    WHEN 2 THEN r2
    WHEN 1 THEN 1 - channel / :range_threshold
    ELSE 0.0
  END AS regime_strength,
  CASE WHEN type = last_type THEN least(500.0, last_duration + 1) ELSE 1.0 END AS regime_duration,
  CASE WHEN type = last_type THEN 0.0 ELSE 1.0 END AS regime_transition
FROM types
