-- purpose Volume against its own past, against moves, and by where bars closed.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 50
-- trap    Running sums keep a residue after the volume has fallen to 0; counts tell when a window holds none.
--
-- family  scaled
-- hypothesis Unusual volume announces moves, thin volume lets them happen, and volume at the upper or lower end of the
--         bars shows who pays for getting in.
--
-- feature volume_zscore_50: relative in [-7, 7], warm-up 49, reach 49
-- formula (volume - mean over 50 bars) / sample standard deviation over the same 50 bars
-- null    0 when the variance is below 1e-8 of the squared mean
-- source  Gervais, Kaniel and Mingelgrin, The High-Volume Return Premium, J. Finance 56 (2001), unusual volume
-- input   volume_zscore_50
--
-- feature illiquidity_ratio_5_50: relative in [0, inf], warm-up 50, reach 50
-- formula I(5) / I(50), I(n) being sum(|log_returns| over n) / sum(close * volume over n)
-- null    1 when no volume in the 5 bars; 1 when no move in the 50 bars
-- source  Amihud, Illiquidity and Stock Returns, J. Financial Markets 5 (2002), as a ratio of sums and to its own past
-- input   illiquidity_ratio_5_50
--
-- feature chaikin_money_flow_20: relative in [-1, 1], warm-up 19, reach 19
-- formula sum((2 close - high - low) / (high - low) * volume over 20) / sum(volume over 20); a bar whose high is its
--         low adds 0 above
-- null    0 when no volume in the 20 bars
-- source  Chaikin money flow, in Achelis (2001)
-- input   chaikin_money_flow_20
--
-- feature money_flow_index_14: relative in [0, 100], warm-up 14, reach 14
-- formula 100 * P / (P + N), the sums over 14 bars of hlc3 * volume of the bars whose hlc3 rose and of those whose fell
-- null    50 when no volume in a bar whose hlc3 moved
-- source  Quong and Soudack, Volume-weighted RSI: Money Flow, Technical Analysis of Stocks and Commodities 7 (1989)
-- input   money_flow_index_14
WITH lagged AS (
  SELECT
    ts,
    symbol,
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
    ts,
    symbol,
    close,
    volume,
    abs(ln(close / close_1)) AS move,
    coalesce((2 * close - high - low) / (high - low), 0.0) * volume AS located,
    -- As a ratio: within the tolerance of the comparison sums of as many ticks are equal.
    CASE WHEN (high + low + close) / prices_1 > 1 THEN (high + low + close) * volume ELSE 0.0 END AS inflow,
    CASE WHEN (high + low + close) / prices_1 < 1 THEN (high + low + close) * volume ELSE 0.0 END AS outflow
  FROM lagged
),
windows AS (
  SELECT
    ts,
    symbol,
    volume,
    avg(volume) OVER last_50 AS mean_50,
    avg(volume * volume) OVER last_50 AS square_50,
    sum(sign(volume)) OVER last_50 AS traded_50,
    sum(sign(volume)) OVER last_5 AS traded_5,
    sum(sign(volume)) OVER last_20 AS traded_20,
    sum(move) OVER last_5 AS moves_5,
    sum(move) OVER last_50 AS moves_50,
    sum(sign(move)) OVER last_50 AS moved_50,
    sum(close * volume) OVER last_5 AS value_5,
    sum(close * volume) OVER last_50 AS value_50,
    sum(located) OVER last_20 AS located_20,
    sum(volume) OVER last_20 AS volume_20,
    sum(inflow) OVER last_14 AS inflow_14,
    sum(outflow) OVER last_14 AS outflow_14,
    sum(sign(inflow)) OVER last_14 AS inflows,
    sum(sign(outflow)) OVER last_14 AS outflows
  FROM terms
  WINDOW
    last_5 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
    last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
)
SELECT
  ts,
  symbol,
  -- One value among 50 is at most 6.93 deviations from their mean.
  CASE
    WHEN traded_50 > 0 AND square_50 / (mean_50 * mean_50) - 1 > 1e-8
      THEN greatest(-7.0, least(7.0, (volume - mean_50) / sqrt((square_50 - mean_50 * mean_50) * 50 / 49)))
    ELSE 0.0
  END AS volume_zscore_50,
  CASE
    WHEN traded_5 = 0 OR moved_50 = 0 THEN 1.0
    ELSE greatest(0.0, moves_5) / value_5 * (value_50 / moves_50)
  END AS illiquidity_ratio_5_50,
  CASE
    WHEN traded_20 = 0 THEN 0.0
    ELSE greatest(-1.0, least(1.0, located_20 / volume_20))
  END AS chaikin_money_flow_20,
  CASE
    WHEN inflows + outflows = 0 THEN 50.0
    WHEN outflows = 0 THEN 100.0
    WHEN inflows = 0 THEN 0.0
    ELSE 100 * (inflow_14 / (inflow_14 + outflow_14))
  END AS money_flow_index_14
FROM windows
