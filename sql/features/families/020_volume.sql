-- purpose How much was traded, against recent bars and by price.
-- grain   One bar of one symbol.
-- reads   bars, window 50
-- state   volume_ema_5, volume_ema_10, volume_ema_20, volume_ema_50
-- trap    A running mean keeps a residue after the volume has fallen to 0. `quiet`, the number of bars since anything
--         was traded, is a count and tells exactly when a window holds no volume.
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
WITH windows AS (
  SELECT
    ts,
    symbol,
    close,
    volume,
    lag(close, 1) OVER run AS close_1,
    bar - max(CASE WHEN sign(volume) > 0 THEN bar ELSE 0 END) OVER so_far AS quiet,
    avg(volume) OVER last_5 AS mean_5,
    avg(volume) OVER last_10 AS mean_10,
    avg(volume) OVER last_20 AS mean_20,
    avg(volume) OVER last_50 AS mean_50,
    avg(CASE WHEN past THEN seed_volume_ema_5 ELSE volume END, 'period', 5) OVER run AS volume_ema_5,
    avg(CASE WHEN past THEN seed_volume_ema_10 ELSE volume END, 'period', 10) OVER run AS volume_ema_10,
    avg(CASE WHEN past THEN seed_volume_ema_20 ELSE volume END, 'period', 20) OVER run AS volume_ema_20,
    avg(CASE WHEN past THEN seed_volume_ema_50 ELSE volume END, 'period', 50) OVER run AS volume_ema_50,
    avg((high + low + close) / 3 * volume) OVER last_20 AS traded_20
  FROM (
    SELECT
      ts,
      symbol,
      high,
      low,
      close,
      volume,
      past,
      seed_volume_ema_5,
      seed_volume_ema_10,
      seed_volume_ema_20,
      seed_volume_ema_50,
      row_number() OVER (PARTITION BY symbol ORDER BY ts) AS bar
    FROM bars
  )
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    so_far AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    last_5 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
    last_10 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 9 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
),
means AS (
  SELECT
    ts,
    symbol,
    close,
    close_1,
    volume,
    quiet,
    CASE WHEN quiet >= 5 THEN 0.0 ELSE mean_5 END AS volume_sma_5,
    CASE WHEN quiet >= 10 THEN 0.0 ELSE mean_10 END AS volume_sma_10,
    CASE WHEN quiet >= 20 THEN 0.0 ELSE mean_20 END AS volume_sma_20,
    CASE WHEN quiet >= 50 THEN 0.0 ELSE mean_50 END AS volume_sma_50,
    CASE WHEN quiet >= 20 THEN 1.0 ELSE volume / mean_20 END AS volume_ratio_20,
    CASE WHEN quiet >= 50 THEN 1.0 ELSE volume / mean_50 END AS volume_ratio_50,
    CASE WHEN quiet >= 20 THEN close ELSE traded_20 / mean_20 END AS vwap_20,
    volume_ema_5,
    volume_ema_10,
    volume_ema_20,
    volume_ema_50
  FROM windows
)
SELECT
  ts,
  symbol,
  volume_sma_5,
  volume_sma_10,
  volume_sma_20,
  volume_sma_50,
  volume_ema_5,
  volume_ema_10,
  volume_ema_20,
  volume_ema_50,
  volume_ratio_20,
  volume_ratio_50,
  CASE WHEN volume_ratio_20 > 2 THEN 1.0 ELSE 0.0 END AS volume_surge,
  volume_ratio_20 AS volume_surge_ratio,
  vwap_20,
  CASE WHEN quiet >= 20 THEN 0.0 ELSE 100 * (close / vwap_20 - 1) END AS vwap_deviation_20,
  sign(close - close_1) * volume * (close / close_1 - 1) AS volume_price_trend
FROM means
