-- purpose Moving averages of the close, the differences between them, and their crossings.
-- grain   One bar of one symbol.
-- reads   bars, window 199
-- state   ema_9, ema_21, ema_50, ema_200, ema_12, ema_26, macd_signal_9
-- trap    An EMA is seeded with the first close it sees. Its warm-up is twice its period; a changed bar reaches ten
--         periods far, after which less than 1e-9 of the change is left.
--
-- family technical
--
-- feature sma_50: level in [0, inf], warm-up 49, reach 49
-- formula mean of close over 50 bars
-- null    never
-- source  Achelis (2001), simple moving average
-- input   (sma_50 - close) / close
--
-- feature sma_200: level in [0, inf], warm-up 199, reach 199
-- formula mean of close over 200 bars
-- null    never
-- source  Achelis (2001), simple moving average
-- input   (sma_200 - close) / close
--
-- feature ema_9: level in [0, inf], warm-up 18, reach 100
-- formula EMA of close with alpha 2 / (9 + 1)
-- null    never
-- source  Hunter, The Exponentially Weighted Moving Average, J. Quality Technology 18 (1986)
-- input   (ema_9 - close) / close
--
-- feature ema_21: level in [0, inf], warm-up 42, reach 220
-- formula EMA of close with alpha 2 / (21 + 1)
-- null    never
-- source  Hunter (1986)
-- input   (ema_21 - close) / close
--
-- feature ema_50: level in [0, inf], warm-up 100, reach 520
-- formula EMA of close with alpha 2 / (50 + 1)
-- null    never
-- source  Hunter (1986)
-- input   (ema_50 - close) / close
--
-- feature ema_200: level in [0, inf], warm-up 400, reach 2000
-- formula EMA of close with alpha 2 / (200 + 1)
-- null    never
-- source  Hunter (1986)
-- input   (ema_200 - close) / close
--
-- feature macd_12_26: level in [-inf, inf], warm-up 52, reach 270
-- formula EMA12(close) - EMA26(close)
-- null    never
-- source  Appel, Technical Analysis: Power Tools for Active Investors (2005)
-- input   macd_12_26 / close
--
-- feature macd_signal_9: level in [-inf, inf], warm-up 70, reach 370
-- formula EMA9 of macd_12_26
-- null    never
-- source  Appel (2005)
-- input   macd_signal_9 / close
--
-- feature macd_histogram: level in [-inf, inf], warm-up 70, reach 370
-- formula macd_12_26 - macd_signal_9
-- null    never
-- source  Aspray (1986), in Appel (2005)
-- input   macd_histogram / close
--
-- feature ema_9_21_cross: flag in [0, 1], warm-up 42, reach 220
-- formula 1 when ema_9 > ema_21 else 0, compared as a ratio
-- null    never
-- source  Achelis (2001), crossing averages
-- input   ema_9_21_cross
--
-- feature ema_9_21_crossover: category in [-1, 1], warm-up 43, reach 220
-- formula ema_9_21_cross - ema_9_21_cross[1]
-- null    never
-- source  Achelis (2001), crossing averages
-- input   ema_9_21_crossover
--
-- feature ema_50_200_cross: flag in [0, 1], warm-up 400, reach 2000
-- formula 1 when ema_50 > ema_200 else 0, compared as a ratio
-- null    never
-- source  Achelis (2001), crossing averages
-- input   ema_50_200_cross
--
-- feature ema_50_200_crossover: category in [-1, 1], warm-up 400, reach 2000
-- formula ema_50_200_cross - ema_50_200_cross[1]
-- null    never
-- source  Achelis (2001), crossing averages
-- input   ema_50_200_crossover
WITH averages AS (
  SELECT
    ts,
    symbol,
    avg(close) OVER last_50 AS sma_50,
    avg(close) OVER last_200 AS sma_200,
    avg(CASE WHEN past THEN seed_ema_9 ELSE close END, 'period', 9) OVER run AS ema_9,
    avg(CASE WHEN past THEN seed_ema_21 ELSE close END, 'period', 21) OVER run AS ema_21,
    avg(CASE WHEN past THEN seed_ema_50 ELSE close END, 'period', 50) OVER run AS ema_50,
    avg(CASE WHEN past THEN seed_ema_200 ELSE close END, 'period', 200) OVER run AS ema_200,
    avg(CASE WHEN past THEN seed_ema_12 ELSE close END, 'period', 12) OVER run AS ema_12,
    avg(CASE WHEN past THEN seed_ema_26 ELSE close END, 'period', 26) OVER run AS ema_26,
    past,
    seed_macd_signal_9
  FROM bars
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW),
    last_200 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 199 PRECEDING AND CURRENT ROW)
),
crosses AS (
  SELECT
    ts,
    symbol,
    sma_50,
    sma_200,
    ema_9,
    ema_21,
    ema_50,
    ema_200,
    ema_12,
    ema_26,
    avg(CASE WHEN past THEN seed_macd_signal_9 ELSE ema_12 - ema_26 END, 'period', 9) OVER run AS macd_signal_9,
    CASE WHEN ema_9 / ema_21 > 1 THEN 1 ELSE 0 END AS fast_cross,
    CASE WHEN ema_50 / ema_200 > 1 THEN 1 ELSE 0 END AS slow_cross
  FROM averages
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
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
  fast_cross::double AS ema_9_21_cross,
  (fast_cross - lag(fast_cross, 1) OVER run)::int AS ema_9_21_crossover,
  slow_cross::double AS ema_50_200_cross,
  (slow_cross - lag(slow_cross, 1) OVER run)::int AS ema_50_200_crossover,
  ema_12,
  ema_26
FROM crosses
WINDOW run AS (PARTITION BY symbol ORDER BY ts)
