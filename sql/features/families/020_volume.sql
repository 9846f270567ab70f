-- purpose How much was traded, against recent bars and by price.
-- grain   One bar of one symbol.
-- reads   bars, window 50
-- state   volume_ema_5, volume_ema_10, volume_ema_20, volume_ema_50
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
--
-- family volume
--
-- feature volume_sma_5: level in [0, inf], warm-up 4, reach 4
-- formula mean of volume over 5 bars
-- null    0 when no volume in the 5 bars
-- source  Achelis (2001), simple moving average
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_sma_5 / volume_sma_50 ELSE 1 END
--
-- feature volume_sma_10: level in [0, inf], warm-up 9, reach 9
-- formula mean of volume over 10 bars
-- null    0 when no volume in the 10 bars
-- source  Achelis (2001), simple moving average
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_sma_10 / volume_sma_50 ELSE 1 END
--
-- feature volume_sma_20: level in [0, inf], warm-up 19, reach 19
-- formula mean of volume over 20 bars
-- null    0 when no volume in the 20 bars
-- source  Achelis (2001), simple moving average
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_sma_20 / volume_sma_50 ELSE 1 END
--
-- feature volume_sma_50: level in [0, inf], warm-up 49, reach 49
-- formula mean of volume over 50 bars
-- null    0 when no volume in the 50 bars
-- source  Achelis (2001), simple moving average
-- input   none: it is the unit of the other volumes
--
-- feature volume_ema_5: level in [0, inf], warm-up 10, reach 60
-- formula EMA of volume with alpha 2 / (5 + 1), seeded with the first volume of the run
-- null    never
-- source  Hunter, The Exponentially Weighted Moving Average, J. Quality Technology 18 (1986)
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_ema_5 / volume_sma_50 ELSE 1 END
--
-- feature volume_ema_10: level in [0, inf], warm-up 20, reach 110
-- formula EMA of volume with alpha 2 / (10 + 1), seeded with the first volume of the run
-- null    never
-- source  Hunter (1986)
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_ema_10 / volume_sma_50 ELSE 1 END
--
-- feature volume_ema_20: level in [0, inf], warm-up 40, reach 210
-- formula EMA of volume with alpha 2 / (20 + 1), seeded with the first volume of the run
-- null    never
-- source  Hunter (1986)
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_ema_20 / volume_sma_50 ELSE 1 END
--
-- feature volume_ema_50: level in [0, inf], warm-up 100, reach 800
-- formula EMA of volume with alpha 2 / (50 + 1), seeded with the first volume of the run
-- null    never
-- source  Hunter (1986)
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_ema_50 / volume_sma_50 ELSE 1 END
--
-- feature volume_ratio_20: relative in [0, 20], warm-up 19, reach 19
-- formula volume / volume_sma_20
-- null    1 when no volume in the 20 bars
-- source  common usage: relative volume
-- input   volume_ratio_20
--
-- feature volume_ratio_50: relative in [0, 50], warm-up 49, reach 49
-- formula volume / volume_sma_50
-- null    1 when no volume in the 50 bars
-- source  common usage: relative volume
-- input   volume_ratio_50
--
-- feature volume_surge: flag in [0, 1], warm-up 19, reach 19
-- formula 1 when volume > 2 * volume_sma_20 else 0, compared as a ratio
-- null    0 when no volume in the 20 bars
-- source  common usage: relative volume above 2
-- input   volume_surge
--
-- feature volume_surge_ratio: relative in [0, 20], warm-up 19, reach 19
-- formula volume / volume_sma_20
-- null    1 when no volume in the 20 bars
-- source  kept for compatibility of names
-- input   none: it equals volume_ratio_20
--
-- feature vwap_20: level in [0, inf], warm-up 19, reach 19
-- formula sum(hlc3 * volume) / sum(volume) over 20 bars
-- null    close when no volume in the 20 bars
-- source  Berkowitz, Logue and Noser (1988), over a rolling window
-- input   (vwap_20 - close) / close
--
-- feature vwap_deviation_20: relative in [-100, inf], warm-up 19, reach 19
-- formula 100 * (close / vwap_20 - 1)
-- null    0 when no volume in the 20 bars
-- source  distance of the close to vwap_20 in percent
-- input   vwap_deviation_20
--
-- feature volume_price_trend: level in [0, inf], warm-up 1, reach 1
-- formula sign(close - close[1]) * volume * (close / close[1] - 1)
-- null    never
-- source  Achelis (2001), the term of the price and volume trend, with the sign of the move
-- input   CASE WHEN volume_sma_50 > 0 THEN volume_price_trend / volume_sma_50 ELSE 0 END
WITH lagged AS (
  SELECT
    ts,
    symbol,
    close,
    volume,
    (high + low + close) / 3 * volume AS traded,
    lag(close, 1) OVER run AS close_1,
    avg(CASE WHEN past THEN seed_volume_ema_5 ELSE volume END, 'period', 5) OVER run AS volume_ema_5,
    avg(CASE WHEN past THEN seed_volume_ema_10 ELSE volume END, 'period', 10) OVER run AS volume_ema_10,
    avg(CASE WHEN past THEN seed_volume_ema_20 ELSE volume END, 'period', 20) OVER run AS volume_ema_20,
    avg(CASE WHEN past THEN seed_volume_ema_50 ELSE volume END, 'period', 50) OVER run AS volume_ema_50
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
fives AS (
  SELECT
    ts,
    symbol,
    close,
    close_1,
    volume,
    volume_ema_5,
    volume_ema_10,
    volume_ema_20,
    volume_ema_50,
    volume + lag(volume, 1) OVER run + lag(volume, 2) OVER run + lag(volume, 3) OVER run
      + lag(volume, 4) OVER run AS sum_5,
    traded + lag(traded, 1) OVER run + lag(traded, 2) OVER run + lag(traded, 3) OVER run
      + lag(traded, 4) OVER run AS traded_5
  FROM lagged
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
tens AS (
  SELECT
    ts,
    symbol,
    close,
    close_1,
    volume,
    volume_ema_5,
    volume_ema_10,
    volume_ema_20,
    volume_ema_50,
    sum_5,
    sum_5 + lag(sum_5, 5) OVER run AS sum_10,
    traded_5 + lag(traded_5, 5) OVER run + lag(traded_5, 10) OVER run + lag(traded_5, 15) OVER run AS traded_20
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    close,
    close_1,
    volume,
    volume_ema_5,
    volume_ema_10,
    volume_ema_20,
    volume_ema_50,
    sum_5,
    sum_10,
    sum_10 + lag(sum_10, 10) OVER run AS sum_20,
    sum_10 + lag(sum_10, 10) OVER run + lag(sum_10, 20) OVER run + lag(sum_10, 30) OVER run
      + lag(sum_10, 40) OVER run AS sum_50,
    traded_20
  FROM tens
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
ratios AS (
  SELECT
    ts,
    symbol,
    close,
    close_1,
    volume,
    volume_ema_5,
    volume_ema_10,
    volume_ema_20,
    volume_ema_50,
    sum_5,
    sum_10,
    sum_20,
    sum_50,
    coalesce(20 * (volume / sum_20), 1.0) AS ratio_20,
    coalesce(traded_20 / sum_20, close) AS vwap_20
  FROM sums
)
SELECT
  ts,
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
  -- Null where a volume of the window is unknown, which no stated value may hide: no model takes such a row.
  CASE WHEN sum_50 IS NOT NULL THEN coalesce(50 * (volume / sum_50), 1.0) END AS volume_ratio_50,
  CASE WHEN ratio_20 > 2 THEN 1.0 ELSE 0.0 END AS volume_surge,
  ratio_20 AS volume_surge_ratio,
  vwap_20,
  100 * (close / vwap_20 - 1) AS vwap_deviation_20,
  sign(close - close_1) * volume * (close / close_1 - 1) AS volume_price_trend
FROM ratios
