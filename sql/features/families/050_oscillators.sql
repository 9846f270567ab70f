-- purpose Where the close stands within its recent moves and range.
-- grain   One bar of one symbol.
-- reads   bars, window 19
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
-- trap    max and min over a moving frame take values within 1e-10 for equal, like the comparisons: prices are first
--         multiplied by 2^40, which is exact, so that this is below any price's own precision.
--
-- family technical
--
-- feature rsi_14: relative in [0, 100], warm-up 14, reach 14
-- formula 100 - 100 / (1 + mean gain / mean loss), simple means over the moves of 14 bars
-- null    50 when no move in the 14 bars
-- source  Wilder, New Concepts in Technical Trading Systems (1978), with the simple means of Cutler's variant
-- input   rsi_14
--
-- feature stoch_k: relative in [0, 100], warm-up 13, reach 13
-- formula 100 * (close - min(low over 14)) / (max(high over 14) - min(low over 14))
-- null    50 when high = low over all 14 bars
-- source  Lane, Lane's Stochastics, Technical Analysis of Stocks and Commodities 2 (1984)
-- input   stoch_k
--
-- feature stoch_d: relative in [0, 100], warm-up 15, reach 15
-- formula mean of stoch_k over 3 bars
-- null    never
-- source  Lane (1984)
-- input   stoch_d
--
-- feature cci_20: relative in [-666.667, 666.667], warm-up 19, reach 19
-- formula (hlc3 - SMA20(hlc3)) / (0.015 * mean absolute deviation of hlc3 over the same 20 bars)
-- null    0 when hlc3 did not move in the 20 bars
-- source  Lambert, Commodity Channel Index, Commodities 9 (1980); one outlier among 20 gives the bounds
-- input   cci_20
--
-- feature williams_r_14: relative in [-100, 0], warm-up 13, reach 13
-- formula -100 * (max(high over 14) - close) / (max(high over 14) - min(low over 14))
-- null    -50 when high = low over all 14 bars
-- source  Williams, How I Made One Million Dollars Last Year Trading Commodities (1973)
-- input   williams_r_14
WITH typical AS (
  SELECT
    ts,
    symbol,
    close,
    (high + low + close) / 3 AS p,
    lag(close, 1) OVER run AS close_1,
    max(high * 1099511627776.0) OVER last_14 / 1099511627776.0 AS highest,
    min(low * 1099511627776.0) OVER last_14 / 1099511627776.0 AS lowest
  FROM bars
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW)
),
moves AS (
  SELECT
    ts,
    symbol,
    p,
    p + lag(p, 1) OVER run + lag(p, 2) OVER run + lag(p, 3) OVER run + lag(p, 4) OVER run AS p_5,
    CASE WHEN close / close_1 > 1 THEN close - close_1 ELSE 0.0 END AS gain,
    CASE WHEN close / close_1 < 1 THEN close_1 - close ELSE 0.0 END AS loss,
    CASE WHEN highest / lowest > 1 THEN 100 * ((close - lowest) / (highest - lowest)) ELSE 50.0 END AS stoch_k,
    CASE WHEN highest / lowest > 1 THEN -100 * ((highest - close) / (highest - lowest)) ELSE -50.0 END AS williams_r_14
  FROM typical
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
windows AS (
  SELECT
    ts,
    symbol,
    p,
    stoch_k,
    (stoch_k + lag(stoch_k, 1) OVER run + lag(stoch_k, 2) OVER run) / 3 AS stoch_d,
    williams_r_14,
    gain + lag(gain, 1) OVER run + lag(gain, 2) OVER run + lag(gain, 3) OVER run + lag(gain, 4) OVER run
      + lag(gain, 5) OVER run + lag(gain, 6) OVER run AS gain_7,
    loss + lag(loss, 1) OVER run + lag(loss, 2) OVER run + lag(loss, 3) OVER run + lag(loss, 4) OVER run
      + lag(loss, 5) OVER run + lag(loss, 6) OVER run AS loss_7,
    (p_5 + lag(p_5, 5) OVER run + lag(p_5, 10) OVER run + lag(p_5, 15) OVER run) / 20 AS m,
    max(p * 1099511627776.0) OVER last_20 / (min(p * 1099511627776.0) OVER last_20) AS spread,
    lag(p, 1) OVER run AS p1, lag(p, 2) OVER run AS p2, lag(p, 3) OVER run AS p3, lag(p, 4) OVER run AS p4,
    lag(p, 5) OVER run AS p5, lag(p, 6) OVER run AS p6, lag(p, 7) OVER run AS p7, lag(p, 8) OVER run AS p8,
    lag(p, 9) OVER run AS p9, lag(p, 10) OVER run AS p10, lag(p, 11) OVER run AS p11, lag(p, 12) OVER run AS p12,
    lag(p, 13) OVER run AS p13, lag(p, 14) OVER run AS p14, lag(p, 15) OVER run AS p15, lag(p, 16) OVER run AS p16,
    lag(p, 17) OVER run AS p17, lag(p, 18) OVER run AS p18, lag(p, 19) OVER run AS p19
  FROM moves
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
),
deviations AS (
  SELECT
    ts,
    symbol,
    stoch_k,
    stoch_d,
    williams_r_14,
    gain_7 + lag(gain_7, 7) OVER run AS gain_14,
    loss_7 + lag(loss_7, 7) OVER run AS loss_14,
    spread,
    p - m AS deviation,
    (abs(p - m) + abs(p1 - m) + abs(p2 - m) + abs(p3 - m) + abs(p4 - m) + abs(p5 - m) + abs(p6 - m) + abs(p7 - m)
      + abs(p8 - m) + abs(p9 - m) + abs(p10 - m) + abs(p11 - m) + abs(p12 - m) + abs(p13 - m) + abs(p14 - m)
      + abs(p15 - m) + abs(p16 - m) + abs(p17 - m) + abs(p18 - m) + abs(p19 - m)) / 20 AS mean_deviation
  FROM windows
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  coalesce(100 * (gain_14 / (gain_14 + loss_14)), 50.0) AS rsi_14,
  stoch_k,
  stoch_d,
  CASE WHEN spread > 1 THEN deviation / (0.015 * mean_deviation) ELSE 0.0 END AS cci_20,
  williams_r_14
FROM deviations
