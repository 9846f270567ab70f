-- purpose How much was traded, and how that fits the moves, at the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 50; stored rows 1
-- takes   :from, the newest bar
-- trap    An aggregate passes over what is null. Where a volume of the window is unknown, its sums have to be null.
WITH lagged AS (
  SELECT
    symbol,
    back,
    high,
    low,
    close,
    volume,
    lag(close, 1) OVER run AS close_1,
    lag(high + low + close, 1) OVER run AS prices_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    symbol,
    back,
    volume,
    close * volume AS traded,
    abs(ln(close / close_1)) AS move,
    coalesce((2 * close - high - low) / (high - low), 0.0) * volume AS located,
    CASE WHEN (high + low + close) / prices_1 > 1 THEN (high + low + close) * volume ELSE 0.0 END AS inflow,
    CASE WHEN (high + low + close) / prices_1 < 1 THEN (high + low + close) * volume ELSE 0.0 END AS outflow
  FROM lagged
  WHERE back < 50
),
sums AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN volume END) AS volume,
    CASE WHEN count(volume) = 50 THEN avg(volume) END AS mean_50,
    CASE WHEN count(volume) = 50 THEN avg(volume * volume) END AS square_50,
    sum(CASE WHEN back < 5 THEN move END) AS move_5,
    sum(move) AS move_50,
    CASE WHEN count(volume) = 50 THEN sum(CASE WHEN back < 5 THEN traded END) END AS traded_5,
    sum(traded) AS traded_50,
    CASE WHEN count(CASE WHEN back < 20 THEN volume END) = 20 THEN sum(CASE WHEN back < 20 THEN located END) END
      AS located_20,
    sum(CASE WHEN back < 20 THEN volume END) AS volume_20,
    CASE
      WHEN count(CASE WHEN back < 14 THEN inflow + outflow END) = 14 THEN sum(CASE WHEN back < 14 THEN inflow END)
    END AS inflow_14,
    sum(CASE WHEN back < 14 THEN outflow END) AS outflow_14
  FROM terms
)
SELECT
  :from AS ts,
  symbol,
  CASE
    WHEN square_50 / (mean_50 * mean_50) - 1 > 1e-8
      THEN (volume - mean_50) / sqrt((square_50 - mean_50 * mean_50) * 50 / 49)
    ELSE 0.0
  END AS volume_zscore_50,
  coalesce(move_5 / traded_5 * (traded_50 / move_50), 1.0) AS illiquidity_ratio_5_50,
  coalesce(located_20 / volume_20, 0.0) AS chaikin_money_flow_20,
  coalesce(100 * (inflow_14 / (inflow_14 + outflow_14)), 50.0) AS money_flow_index_14
FROM sums
