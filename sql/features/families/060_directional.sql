-- purpose Wilder's directional movement with simple means.
-- grain   One bar of one symbol.
-- reads   bars, window 27
-- trap    A move up and a move down of as many ticks differ by 1e-17 in doubles; as ratios to the close, within the
--         tolerance of QuestDB's comparison, they are equal and neither counts. The counts tell when a running mean,
--         which keeps a residue, is 0.
--
-- family technical
--
-- feature adx_14: relative in [0, 100], warm-up 27, reach 27
-- formula mean over 14 bars of 100 * |+DI - -DI| / (+DI + -DI)
-- null    never; a bar with neither +DI nor -DI adds 0
-- source  Wilder (1978), with simple means
-- input   adx_14
--
-- feature plus_di_14: relative in [0, 100], warm-up 14, reach 14
-- formula 100 * mean(+DM over 14) / mean(true range over 14)
-- null    0 when no +DM in the 14 bars
-- source  Wilder (1978), with simple means
-- input   plus_di_14
--
-- feature minus_di_14: relative in [0, 100], warm-up 14, reach 14
-- formula 100 * mean(-DM over 14) / mean(true range over 14)
-- null    0 when no -DM in the 14 bars
-- source  Wilder (1978), with simple means
-- input   minus_di_14
WITH lagged AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    lag(high, 1) OVER run AS high_1,
    lag(low, 1) OVER run AS low_1,
    lag(close, 1) OVER run AS close_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
moves AS (
  SELECT
    ts,
    symbol,
    CASE
      WHEN (high - high_1) / close > (low_1 - low) / close AND high / high_1 > 1 THEN high - high_1
      ELSE 0.0
    END AS plus_dm,
    CASE
      WHEN (low_1 - low) / close > (high - high_1) / close AND low / low_1 < 1 THEN low_1 - low
      ELSE 0.0
    END AS minus_dm,
    greatest(high, close_1) - least(low, close_1) AS true_range
  FROM lagged
),
means AS (
  SELECT
    ts,
    symbol,
    avg(plus_dm) OVER last_14 AS mean_plus,
    avg(minus_dm) OVER last_14 AS mean_minus,
    avg(true_range) OVER last_14 AS mean_range,
    sum(sign(plus_dm)) OVER last_14 AS pluses,
    sum(sign(minus_dm)) OVER last_14 AS minuses
  FROM moves
  WINDOW last_14 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW)
),
indices AS (
  SELECT
    ts,
    symbol,
    CASE WHEN pluses = 0 THEN 0.0 ELSE least(100.0, 100 * mean_plus / mean_range) END AS plus_di_14,
    CASE WHEN minuses = 0 THEN 0.0 ELSE least(100.0, 100 * mean_minus / mean_range) END AS minus_di_14,
    CASE
      WHEN pluses + minuses = 0 THEN 0.0
      WHEN pluses = 0 OR minuses = 0 THEN 100.0
      ELSE 100 * abs(mean_plus - mean_minus) / (mean_plus + mean_minus)
    END AS dx
  FROM means
)
SELECT
  ts,
  symbol,
  -- The clamp takes off the residue of the running mean.
  greatest(0.0, least(100.0, avg(dx) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW))) AS adx_14,
  plus_di_14,
  minus_di_14
FROM indices
