-- purpose Volume against its own past, against moves, and by where bars closed.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 50
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
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
    volume,
    volume * volume AS square,
    close * volume AS traded,
    abs(ln(close / close_1)) AS move,
    coalesce((2 * close - high - low) / (high - low), 0.0) * volume AS located,
    -- As a ratio: within the tolerance of the comparison sums of as many ticks are equal.
    CASE WHEN (high + low + close) / prices_1 > 1 THEN (high + low + close) * volume ELSE 0.0 END AS inflow,
    CASE WHEN (high + low + close) / prices_1 < 1 THEN (high + low + close) * volume ELSE 0.0 END AS outflow
  FROM lagged
),
fives AS (
  SELECT
    ts,
    symbol,
    volume,
    volume + lag(volume, 1) OVER run + lag(volume, 2) OVER run + lag(volume, 3) OVER run
      + lag(volume, 4) OVER run AS volume_5,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5,
    move + lag(move, 1) OVER run + lag(move, 2) OVER run + lag(move, 3) OVER run + lag(move, 4) OVER run AS move_5,
    traded + lag(traded, 1) OVER run + lag(traded, 2) OVER run + lag(traded, 3) OVER run
      + lag(traded, 4) OVER run AS traded_5,
    located + lag(located, 1) OVER run + lag(located, 2) OVER run + lag(located, 3) OVER run
      + lag(located, 4) OVER run AS located_5,
    inflow + lag(inflow, 1) OVER run + lag(inflow, 2) OVER run + lag(inflow, 3) OVER run + lag(inflow, 4) OVER run
      + lag(inflow, 5) OVER run + lag(inflow, 6) OVER run AS inflow_7,
    outflow + lag(outflow, 1) OVER run + lag(outflow, 2) OVER run + lag(outflow, 3) OVER run
      + lag(outflow, 4) OVER run + lag(outflow, 5) OVER run + lag(outflow, 6) OVER run AS outflow_7
  FROM terms
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
tens AS (
  SELECT
    ts,
    symbol,
    volume,
    volume_5 + lag(volume_5, 5) OVER run AS volume_10,
    square_5 + lag(square_5, 5) OVER run AS square_10,
    move_5,
    move_5 + lag(move_5, 5) OVER run AS move_10,
    traded_5,
    traded_5 + lag(traded_5, 5) OVER run AS traded_10,
    located_5 + lag(located_5, 5) OVER run AS located_10,
    inflow_7 + lag(inflow_7, 7) OVER run AS inflow_14,
    outflow_7 + lag(outflow_7, 7) OVER run AS outflow_14
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    volume,
    volume_10 + lag(volume_10, 10) OVER run AS volume_20,
    (
      volume_10 + lag(volume_10, 10) OVER run + lag(volume_10, 20) OVER run + lag(volume_10, 30) OVER run
        + lag(volume_10, 40) OVER run
    ) / 50 AS mean_50,
    (
      square_10 + lag(square_10, 10) OVER run + lag(square_10, 20) OVER run + lag(square_10, 30) OVER run
        + lag(square_10, 40) OVER run
    ) / 50 AS square_50,
    move_5,
    move_10 + lag(move_10, 10) OVER run + lag(move_10, 20) OVER run + lag(move_10, 30) OVER run
      + lag(move_10, 40) OVER run AS move_50,
    traded_5,
    traded_10 + lag(traded_10, 10) OVER run + lag(traded_10, 20) OVER run + lag(traded_10, 30) OVER run
      + lag(traded_10, 40) OVER run AS traded_50,
    located_10 + lag(located_10, 10) OVER run AS located_20,
    inflow_14,
    outflow_14
  FROM tens
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  -- One value among 50 is at most 6.93 deviations from their mean.
  CASE
    WHEN square_50 / (mean_50 * mean_50) - 1 > 1e-8
      THEN (volume - mean_50) / sqrt((square_50 - mean_50 * mean_50) * 50 / 49)
    ELSE 0.0
  END AS volume_zscore_50,
  coalesce(move_5 / traded_5 * (traded_50 / move_50), 1.0) AS illiquidity_ratio_5_50,
  coalesce(located_20 / volume_20, 0.0) AS chaikin_money_flow_20,
  coalesce(100 * (inflow_14 / (inflow_14 + outflow_14)), 50.0) AS money_flow_index_14
FROM sums
