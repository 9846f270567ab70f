-- purpose The averages of the newest bar alone: means over its windows, and one step from the stored row before it.
-- grain   One symbol.
-- reads   bars, window 199; stored rows 1
-- takes   {timeframe}; :venue, :symbols; :from, the newest bar; :last, the one before it
WITH means AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN close END) AS close,
    avg(CASE WHEN back < 50 THEN close END) AS sma_50,
    avg(close) AS sma_200
  FROM bars
),
stored AS (
  SELECT
    symbol, ema_9, ema_21, ema_50, ema_200, ema_12, ema_26, macd_signal_9, ema_9_21_cross, ema_50_200_cross
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts = :last
),
averages AS (
  SELECT
    m.symbol AS symbol,
    m.sma_50 AS sma_50,
    m.sma_200 AS sma_200,
    s.ema_9 + (m.close - s.ema_9) * (2 / 10.0) AS ema_9,
    s.ema_21 + (m.close - s.ema_21) * (2 / 22.0) AS ema_21,
    s.ema_50 + (m.close - s.ema_50) * (2 / 51.0) AS ema_50,
    s.ema_200 + (m.close - s.ema_200) * (2 / 201.0) AS ema_200,
    s.ema_12 + (m.close - s.ema_12) * (2 / 13.0) AS ema_12,
    s.ema_26 + (m.close - s.ema_26) * (2 / 27.0) AS ema_26,
    s.macd_signal_9 AS last_signal,
    s.ema_9_21_cross AS last_fast,
    s.ema_50_200_cross AS last_slow
  FROM means m
  JOIN stored s ON s.symbol = m.symbol
),
crosses AS (
  SELECT
    symbol,
    sma_50,
    sma_200,
    ema_9,
    ema_21,
    ema_50,
    ema_200,
    ema_12,
    ema_26,
    last_signal + (ema_12 - ema_26 - last_signal) * (2 / 10.0) AS macd_signal_9,
    CASE WHEN ema_9 / ema_21 > 1 THEN 1.0 ELSE 0.0 END AS fast_cross,
    CASE WHEN ema_50 / ema_200 > 1 THEN 1.0 ELSE 0.0 END AS slow_cross,
    last_fast,
    last_slow
  FROM averages
)
SELECT
  :from AS ts,
  symbol,
  sma_50,
  sma_200,
  ema_9,
  ema_21,
  ema_50,
  ema_200,
  ema_12 - ema_26 AS macd_12_26,
  macd_signal_9,
  ema_12 - ema_26 - macd_signal_9 AS macd_histogram,
  fast_cross AS ema_9_21_cross,
  (fast_cross - last_fast)::int AS ema_9_21_crossover,
  slow_cross AS ema_50_200_cross,
  (slow_cross - last_slow)::int AS ema_50_200_crossover,
  ema_12,
  ema_26
FROM crosses
