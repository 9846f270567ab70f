-- purpose The volume features of the newest bar alone: means over its windows, and one step from the stored row before
--         it.
-- grain   One symbol.
-- reads   bars, window 49; stored rows 1
-- takes   {timeframe}; :venue, :symbols; :from, the newest bar; :last, the one before it
-- trap    An aggregate passes over what is null. Where a volume of the window is unknown, its sums have to be null. An
--         average passes over it.
WITH sums AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN close END) AS close,
    max(CASE WHEN back = 1 THEN close END) AS close_1,
    max(CASE WHEN back = 0 THEN volume END) AS volume,
    CASE WHEN count(CASE WHEN back < 5 THEN volume END) = 5 THEN sum(CASE WHEN back < 5 THEN volume END) END AS sum_5,
    CASE WHEN count(CASE WHEN back < 10 THEN volume END) = 10 THEN sum(CASE WHEN back < 10 THEN volume END) END
      AS sum_10,
    CASE WHEN count(CASE WHEN back < 20 THEN volume END) = 20 THEN sum(CASE WHEN back < 20 THEN volume END) END
      AS sum_20,
    CASE WHEN count(volume) = 50 THEN sum(volume) END AS sum_50,
    sum(CASE WHEN back < 20 THEN (high + low + close) / 3 * volume END) AS traded_20
  FROM bars
),
stored AS (
  SELECT symbol, volume_ema_5, volume_ema_10, volume_ema_20, volume_ema_50
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts = :last
),
ratios AS (
  SELECT
    m.symbol AS symbol,
    m.close AS close,
    m.close_1 AS close_1,
    m.volume AS volume,
    m.sum_5 AS sum_5,
    m.sum_10 AS sum_10,
    m.sum_20 AS sum_20,
    m.sum_50 AS sum_50,
    s.volume_ema_5 + coalesce(m.volume - s.volume_ema_5, 0.0) * (2 / 6.0) AS volume_ema_5,
    s.volume_ema_10 + coalesce(m.volume - s.volume_ema_10, 0.0) * (2 / 11.0) AS volume_ema_10,
    s.volume_ema_20 + coalesce(m.volume - s.volume_ema_20, 0.0) * (2 / 21.0) AS volume_ema_20,
    s.volume_ema_50 + coalesce(m.volume - s.volume_ema_50, 0.0) * (2 / 51.0) AS volume_ema_50,
    coalesce(20 * (m.volume / m.sum_20), 1.0) AS ratio_20,
    coalesce(m.traded_20 / m.sum_20, m.close) AS vwap_20
  FROM sums m
  JOIN stored s ON s.symbol = m.symbol
)
SELECT
  :from AS ts,
  symbol,
  sum_5 / 5 AS volume_sma_5,
  sum_10 / 10 AS volume_sma_10,
  sum_20 / 20 AS volume_sma_20,
  sum_50 / 50 AS volume_sma_50,
  volume_ema_5,
  volume_ema_10,
  volume_ema_20,
  volume_ema_50,
  ratio_20 AS volume_ratio_20,
  CASE WHEN sum_50 IS NOT NULL THEN coalesce(50 * (volume / sum_50), 1.0) END AS volume_ratio_50,
  CASE WHEN ratio_20 > 2 THEN 1.0 ELSE 0.0 END AS volume_surge,
  ratio_20 AS volume_surge_ratio,
  vwap_20,
  100 * (close / vwap_20 - 1) AS vwap_deviation_20,
  sign(close - close_1) * volume * (close / close_1 - 1) AS volume_price_trend
FROM ratios
