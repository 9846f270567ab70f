-- The features of the list that DuckDB's windows can say: all but those of an EMA, which is a recursion.
-- Grain: one bar and symbol. Reads candles: ts, symbol, open, high, low, close, volume.
WITH
lagged AS (
  SELECT
    *,
    (high + low + close) / 3 AS hlc3,
    row_number() OVER run AS bar,
    lag(high) OVER run AS high_1,
    lag(low) OVER run AS low_1,
    lag(close) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 10) OVER run AS close_10,
    lag(close, 20) OVER run AS close_20,
    lag(close, 50) OVER run AS close_50
  FROM candles
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    *,
    close / close_1 - 1 AS returns,
    ln(close / close_1) AS log_returns,
    coalesce(sign(close - close_1) * volume, 0) AS obv_term,
    CASE WHEN high > low THEN (close - low - (high - close)) / (high - low) * volume ELSE 0 END AS adl_term,
    greatest(close - close_1, 0) AS gain,
    greatest(close_1 - close, 0) AS loss,
    greatest(high, close_1) - least(low, close_1) AS true_range,
    -- Moves of as many ticks differ by less than 1e-10 of the price.
    CASE WHEN high - high_1 - (low_1 - low) > 1e-10 * close AND high - high_1 > 1e-10 * close THEN high - high_1 ELSE 0 END
      AS plus_dm,
    CASE WHEN low_1 - low - (high - high_1) > 1e-10 * close AND low_1 - low > 1e-10 * close THEN low_1 - low ELSE 0 END
      AS minus_dm
  FROM lagged
),
windows AS (
  SELECT
    *,
    avg(volume) OVER last_5 AS volume_sma_5,
    avg(volume) OVER last_10 AS volume_sma_10,
    avg(volume) OVER last_20 AS volume_sma_20,
    avg(volume) OVER last_50 AS volume_sma_50,
    sum(close * volume) OVER day / nullif(sum(volume) OVER day, 0) AS traded_price,
    avg(hlc3 * volume) OVER last_20 AS traded_20,
    sum(obv_term) OVER month AS obv,
    sum(adl_term) OVER month AS adl,
    avg(gain) OVER last_14 AS mean_gain,
    avg(loss) OVER last_14 AS mean_loss,
    max(high) OVER last_14 AS highest,
    min(low) OVER last_14 AS lowest,
    avg(hlc3) OVER last_20 AS mean_hlc3,
    list(hlc3) OVER last_20 AS hlc3s,
    avg(plus_dm) OVER last_14 AS plus,
    avg(minus_dm) OVER last_14 AS minus,
    avg(true_range) OVER last_14 AS atr_14,
    avg(close) OVER last_20 AS mean_20,
    avg(close) OVER last_50 AS sma_50,
    avg(close) OVER last_200 AS sma_200,
    stddev_samp(close) OVER last_20 AS std_20,
    stddev_samp(close) OVER last_50 AS std_50,
    stddev_samp(log_returns) OVER last_20 AS return_std_20,
    stddev_samp(log_returns) OVER last_50 AS return_std_50,
    avg(ln(high / low) ^ 2) OVER last_20 AS log_range_20,
    regr_slope(close, bar) OVER last_50 AS rise,
    regr_r2(close, bar) OVER last_50 AS r2,
    max(close) OVER last_50 - min(close) OVER last_50 AS width_50
  FROM terms
  WINDOW
    day AS (PARTITION BY symbol, date_trunc('day', ts) ORDER BY ts),
    month AS (PARTITION BY symbol, date_trunc('month', ts) ORDER BY ts),
    last_5 AS (PARTITION BY symbol ORDER BY ts ROWS 4 PRECEDING),
    last_10 AS (PARTITION BY symbol ORDER BY ts ROWS 9 PRECEDING),
    last_14 AS (PARTITION BY symbol ORDER BY ts ROWS 13 PRECEDING),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS 19 PRECEDING),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS 49 PRECEDING),
    last_200 AS (PARTITION BY symbol ORDER BY ts ROWS 199 PRECEDING)
),
second AS (
  SELECT
    *,
    coalesce(volume / nullif(volume_sma_20, 0), 1) AS volume_ratio_20,
    coalesce(traded_20 / nullif(volume_sma_20, 0), close) AS vwap_20,
    coalesce(100 * (close - lowest) / nullif(highest - lowest, 0), 50) AS stoch_k,
    list_avg(list_transform(hlc3s, lambda p: abs(p - mean_hlc3))) AS mean_deviation,
    coalesce(100 * abs(plus - minus) / nullif(plus + minus, 0), 0) AS apart,
    400 * std_20 / mean_20 AS width,
    100 * std_20 / mean_20 AS spread,
    100 * width_50 / sma_50 AS range_50,
    100 * rise / sma_50 AS slope,
    least(1, greatest(0, coalesce(r2, 0))) AS trend_strength
  FROM windows
),
kinds AS (
  SELECT
    *,
    CASE
      WHEN spread > 0.15 THEN 4
      WHEN slope > 0.005 AND trend_strength > 0.5 THEN 3
      WHEN slope < -0.005 AND trend_strength > 0.5 THEN 2
      WHEN range_50 < 0.4 THEN 1
      ELSE 0
    END AS kind
  FROM second
),
changes AS (
  SELECT
    *,
    lag(kind) OVER (PARTITION BY symbol ORDER BY ts) IS DISTINCT FROM kind OR bar = 50 AS changed
  FROM kinds
)
SELECT
  ts,
  symbol,
  (high + low) / 2 AS hl2,
  hlc3,
  (open + high + low + close) / 4 AS ohlc4,
  returns,
  log_returns,
  close - close_1 AS momentum_1,
  close - close_5 AS momentum_5,
  close - close_10 AS momentum_10,
  close - close_20 AS momentum_20,
  close - close_50 AS momentum_50,
  100 * returns AS roc_1,
  100 * (close / close_5 - 1) AS roc_5,
  100 * (close / close_10 - 1) AS roc_10,
  100 * (close / close_20 - 1) AS roc_20,
  100 * (close / close_50 - 1) AS roc_50,
  high - low AS range,
  100 * (high - low) / close AS range_pct,
  (open > high_1)::DOUBLE AS gap_up,
  (open < low_1)::DOUBLE AS gap_down,
  open - close_1 AS gap_size,
  100 * (open / close_1 - 1) AS gap_size_pct,
  volume_sma_5,
  volume_sma_10,
  volume_sma_20,
  volume_sma_50,
  volume_ratio_20,
  coalesce(volume / nullif(volume_sma_50, 0), 1) AS volume_ratio_50,
  (volume_ratio_20 > 2)::DOUBLE AS volume_surge,
  volume_ratio_20 AS volume_surge_ratio,
  coalesce(traded_price, close) AS vwap,
  vwap_20,
  100 * (close / vwap_20 - 1) AS vwap_deviation_20,
  obv,
  avg(obv) OVER last_20 AS obv_sma_20,
  sign(close - close_1) * volume * returns AS volume_price_trend,
  CASE WHEN mean_loss > 0 THEN 100 - 100 / (1 + mean_gain / mean_loss) WHEN mean_gain > 0 THEN 100 ELSE 50 END AS rsi_14,
  stoch_k,
  avg(stoch_k) OVER (PARTITION BY symbol ORDER BY ts ROWS 2 PRECEDING) AS stoch_d,
  coalesce((hlc3 - mean_hlc3) / nullif(0.015 * mean_deviation, 0), 0) AS cci_20,
  coalesce(-100 * (highest - close) / nullif(highest - lowest, 0), -50) AS williams_r_14,
  avg(apart) OVER (PARTITION BY symbol ORDER BY ts ROWS 13 PRECEDING) AS adx_14,
  coalesce(100 * plus / nullif(atr_14, 0), 0) AS plus_di_14,
  coalesce(100 * minus / nullif(atr_14, 0), 0) AS minus_di_14,
  sma_50,
  sma_200,
  adl,
  atr_14,
  100 * atr_14 / close AS atr_14_pct,
  std_20 AS std_dev_20,
  100 * std_20 / close AS std_dev_20_pct,
  mean_20 + 2 * std_20 AS bbands_upper_20,
  mean_20 AS bbands_middle_20,
  mean_20 - 2 * std_20 AS bbands_lower_20,
  width AS bbands_width_20,
  coalesce(0.5 + (close - mean_20) / nullif(4 * std_20, 0), 0.5) AS bbands_percent_b_20,
  100 * return_std_20 * sqrt(525600) AS historical_volatility_20,
  100 * return_std_50 * sqrt(525600) AS historical_volatility_50,
  coalesce(std_20 / nullif(std_50, 0), 1) AS volatility_ratio_20_50,
  (width < quantile_cont(width, 0.25) OVER last_50 * (1 - 1e-10))::DOUBLE AS bb_squeeze,
  100 * sqrt(log_range_20 / (4 * ln(2))) * sqrt(525600) AS parkinson_volatility_20,
  (slope > 0.005 AND trend_strength > 0.5)::DOUBLE AS is_trending_up,
  (slope < -0.005 AND trend_strength > 0.5)::DOUBLE AS is_trending_down,
  (range_50 < 0.4)::DOUBLE AS is_ranging,
  (spread > 0.15)::DOUBLE AS is_volatile,
  trend_strength,
  kind::DOUBLE AS regime_type,
  CASE kind
    WHEN 4 THEN 1 - 0.15 / spread
    WHEN 3 THEN trend_strength
    WHEN 2 THEN trend_strength
    WHEN 1 THEN 1 - range_50 / 0.4
    ELSE 0
  END AS regime_strength,
  least(500, bar + 1 - max(CASE WHEN changed THEN bar END) OVER past)::DOUBLE AS regime_duration,
  changed::DOUBLE AS regime_transition
FROM changes
WINDOW
  past AS (PARTITION BY symbol ORDER BY ts ROWS UNBOUNDED PRECEDING),
  last_20 AS (PARTITION BY symbol ORDER BY ts ROWS 19 PRECEDING),
  last_50 AS (PARTITION BY symbol ORDER BY ts ROWS 49 PRECEDING)
