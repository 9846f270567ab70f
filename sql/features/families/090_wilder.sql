-- purpose Wilder's own smoothing of gains, losses and true ranges.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 100
-- state   wilder_gain_14, wilder_loss_14, wilder_range_14
-- trap    Smoothed gains and losses never reach 0 again after a move, and their ratio stays: while prices stand still
--         it tells of ever older moves. So the index ends after 100 bars without one, and reaches as far back as a
--         crash may outweigh single ticks.
--
-- family  scaled
-- hypothesis The slow decay of Wilder's smoothing remembers a shock for longer than the simple means of the list do,
--         and forgets it without the jump that comes when a bar leaves a window.
--
-- feature wilder_rsi_14: relative in [0, 100], warm-up 100, reach 700
-- formula 100 * G / (G + L), where G and L are averages of the gains and of the losses of closes with alpha 1 / 14,
--         begun at the first move of the run
-- null    50 when no move in the 100 bars
-- source  Wilder, New Concepts in Technical Trading Systems (1978)
-- input   wilder_rsi_14
--
-- feature wilder_atr_14_pct: relative in [0, inf], warm-up 28, reach 300
-- formula 100 / close * the average of the true range with alpha 1 / 14, begun at the second bar of the run
-- null    never
-- source  Wilder (1978)
-- input   wilder_atr_14_pct
WITH lagged AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    past,
    seed_wilder_gain_14,
    seed_wilder_loss_14,
    seed_wilder_range_14,
    lag(close, 1) OVER run AS close_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
smoothed AS (
  SELECT
    ts,
    symbol,
    close,
    sum(abs(sign(close / close_1 - 1))) OVER last_100 AS moves,
    -- The first bar of a run has no move; an average skips the nulls before its first value.
    avg(CASE
      WHEN past THEN seed_wilder_gain_14
      WHEN close_1 IS NULL THEN NULL
      WHEN close / close_1 > 1 THEN close - close_1
      ELSE 0.0
    END, 'alpha', 0.07142857142857142) OVER run AS wilder_gain_14,
    avg(CASE
      WHEN past THEN seed_wilder_loss_14
      WHEN close_1 IS NULL THEN NULL
      WHEN close / close_1 < 1 THEN close_1 - close
      ELSE 0.0
    END, 'alpha', 0.07142857142857142) OVER run AS wilder_loss_14,
    avg(CASE
      WHEN past THEN seed_wilder_range_14
      WHEN close_1 IS NULL THEN NULL
      ELSE greatest(high, close_1) - least(low, close_1)
    END, 'alpha', 0.07142857142857142) OVER run AS wilder_range_14
  FROM lagged
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_100 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 99 PRECEDING AND CURRENT ROW)
)
SELECT
  ts,
  symbol,
  coalesce(CASE WHEN moves > 0 THEN 100 * (wilder_gain_14 / (wilder_gain_14 + wilder_loss_14)) END, 50.0)
    AS wilder_rsi_14,
  100 * wilder_range_14 / close AS wilder_atr_14_pct,
  wilder_gain_14,
  wilder_loss_14,
  wilder_range_14
FROM smoothed
