-- purpose Wilder's directional movement with simple means.
-- grain   One bar of one symbol.
-- reads   bars, window 27
-- trap    A move up and a move down of as many ticks differ by 1e-17 in doubles; as ratios to the close, within the
--         tolerance of QuestDB's comparison, they are equal and neither counts.
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
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
sevens AS (
  SELECT
    ts,
    symbol,
    plus_dm + lag(plus_dm, 1) OVER run + lag(plus_dm, 2) OVER run + lag(plus_dm, 3) OVER run
      + lag(plus_dm, 4) OVER run + lag(plus_dm, 5) OVER run + lag(plus_dm, 6) OVER run AS plus_7,
    minus_dm + lag(minus_dm, 1) OVER run + lag(minus_dm, 2) OVER run + lag(minus_dm, 3) OVER run
      + lag(minus_dm, 4) OVER run + lag(minus_dm, 5) OVER run + lag(minus_dm, 6) OVER run AS minus_7,
    true_range + lag(true_range, 1) OVER run + lag(true_range, 2) OVER run + lag(true_range, 3) OVER run
      + lag(true_range, 4) OVER run + lag(true_range, 5) OVER run + lag(true_range, 6) OVER run AS range_7
  FROM moves
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    plus_7 + lag(plus_7, 7) OVER run AS plus_14,
    minus_7 + lag(minus_7, 7) OVER run AS minus_14,
    range_7 + lag(range_7, 7) OVER run AS range_14
  FROM sevens
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
indices AS (
  SELECT
    ts,
    symbol,
    coalesce(100 * (plus_14 / range_14), 0.0) AS plus_di_14,
    coalesce(100 * (minus_14 / range_14), 0.0) AS minus_di_14,
    coalesce(100 * (abs(plus_14 - minus_14) / (plus_14 + minus_14)), 0.0) AS dx
  FROM sums
),
smoothed AS (
  SELECT
    ts,
    symbol,
    plus_di_14,
    minus_di_14,
    dx + lag(dx, 1) OVER run + lag(dx, 2) OVER run + lag(dx, 3) OVER run + lag(dx, 4) OVER run + lag(dx, 5) OVER run
      + lag(dx, 6) OVER run AS dx_7
  FROM indices
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  (dx_7 + lag(dx_7, 7) OVER run) / 14 AS adx_14,
  plus_di_14,
  minus_di_14
FROM smoothed
WINDOW run AS (PARTITION BY symbol ORDER BY ts)
