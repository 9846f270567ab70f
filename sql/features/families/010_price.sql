-- purpose Prices of one bar, and their changes against earlier bars of the same run.
-- grain   One bar of one symbol.
-- reads   bars, window 50
--
-- family price
--
-- feature hl2: level in [0, inf], warm-up 0, reach 0
-- formula (high + low) / 2
-- null    never
-- source  Achelis, Technical Analysis from A to Z (2001), median price
-- input   (hl2 - close) / close
--
-- feature hlc3: level in [0, inf], warm-up 0, reach 0
-- formula (high + low + close) / 3
-- null    never
-- source  Achelis (2001), typical price
-- input   (hlc3 - close) / close
--
-- feature ohlc4: level in [0, inf], warm-up 0, reach 0
-- formula (open + high + low + close) / 4
-- null    never
-- source  common usage: mean of the four prices of a bar
-- input   (ohlc4 - close) / close
--
-- feature returns: relative in [-1, inf], warm-up 1, reach 1
-- formula close / close[1] - 1
-- null    never
-- source  simple return, Campbell, Lo and MacKinlay, The Econometrics of Financial Markets (1997), 1.4
-- input   returns
--
-- feature log_returns: relative in [-inf, inf], warm-up 1, reach 1
-- formula ln(close / close[1])
-- null    never
-- source  continuously compounded return, Campbell, Lo and MacKinlay (1997), 1.4
-- input   log_returns
--
-- feature momentum_1: level in [-inf, inf], warm-up 1, reach 1
-- formula close - close[1]
-- null    never
-- source  Achelis (2001), momentum as a difference
-- input   momentum_1 / close
--
-- feature momentum_5: level in [-inf, inf], warm-up 5, reach 5
-- formula close - close[5]
-- null    never
-- source  Achelis (2001), momentum as a difference
-- input   momentum_5 / close
--
-- feature momentum_10: level in [-inf, inf], warm-up 10, reach 10
-- formula close - close[10]
-- null    never
-- source  Achelis (2001), momentum as a difference
-- input   momentum_10 / close
--
-- feature momentum_20: level in [-inf, inf], warm-up 20, reach 20
-- formula close - close[20]
-- null    never
-- source  Achelis (2001), momentum as a difference
-- input   momentum_20 / close
--
-- feature momentum_50: level in [-inf, inf], warm-up 50, reach 50
-- formula close - close[50]
-- null    never
-- source  Achelis (2001), momentum as a difference
-- input   momentum_50 / close
--
-- feature roc_1: relative in [-100, inf], warm-up 1, reach 1
-- formula 100 * (close / close[1] - 1)
-- null    never
-- source  Achelis (2001), price rate of change in percent
-- input   roc_1
--
-- feature roc_5: relative in [-100, inf], warm-up 5, reach 5
-- formula 100 * (close / close[5] - 1)
-- null    never
-- source  Achelis (2001), price rate of change in percent
-- input   roc_5
--
-- feature roc_10: relative in [-100, inf], warm-up 10, reach 10
-- formula 100 * (close / close[10] - 1)
-- null    never
-- source  Achelis (2001), price rate of change in percent
-- input   roc_10
--
-- feature roc_20: relative in [-100, inf], warm-up 20, reach 20
-- formula 100 * (close / close[20] - 1)
-- null    never
-- source  Achelis (2001), price rate of change in percent
-- input   roc_20
--
-- feature roc_50: relative in [-100, inf], warm-up 50, reach 50
-- formula 100 * (close / close[50] - 1)
-- null    never
-- source  Achelis (2001), price rate of change in percent
-- input   roc_50
--
-- feature range: level in [0, inf], warm-up 0, reach 0
-- formula high - low
-- null    never
-- source  common usage: the range of a bar
-- input   range / close
--
-- feature range_pct: relative in [0, inf], warm-up 0, reach 0
-- formula 100 * (high - low) / close
-- null    never
-- source  the range of a bar in percent of its close
-- input   range_pct
--
-- feature gap_up: flag in [0, 1], warm-up 1, reach 1
-- formula 1 when open > high[1] else 0, compared as a ratio
-- null    never
-- source  Edwards and Magee, Technical Analysis of Stock Trends (1948), gaps
-- input   gap_up
--
-- feature gap_down: flag in [0, 1], warm-up 1, reach 1
-- formula 1 when open < low[1] else 0, compared as a ratio
-- null    never
-- source  Edwards and Magee (1948), gaps
-- input   gap_down
--
-- feature gap_size: level in [-inf, inf], warm-up 1, reach 1
-- formula open - close[1]
-- null    never
-- source  common usage: the jump from the last close to this open
-- input   gap_size / close
--
-- feature gap_size_pct: relative in [-100, inf], warm-up 1, reach 1
-- formula 100 * (open / close[1] - 1)
-- null    never
-- source  the same jump in percent
-- input   gap_size_pct
WITH lagged AS (
  SELECT
    ts,
    symbol,
    open,
    high,
    low,
    close,
    lag(high, 1) OVER run AS high_1,
    lag(low, 1) OVER run AS low_1,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 10) OVER run AS close_10,
    lag(close, 20) OVER run AS close_20,
    lag(close, 50) OVER run AS close_50
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  (high + low) / 2 AS hl2,
  (high + low + close) / 3 AS hlc3,
  (open + high + low + close) / 4 AS ohlc4,
  close / close_1 - 1 AS returns,
  ln(close / close_1) AS log_returns,
  close - close_1 AS momentum_1,
  close - close_5 AS momentum_5,
  close - close_10 AS momentum_10,
  close - close_20 AS momentum_20,
  close - close_50 AS momentum_50,
  100 * (close / close_1 - 1) AS roc_1,
  100 * (close / close_5 - 1) AS roc_5,
  100 * (close / close_10 - 1) AS roc_10,
  100 * (close / close_20 - 1) AS roc_20,
  100 * (close / close_50 - 1) AS roc_50,
  high - low AS range,
  100 * (high - low) / close AS range_pct,
  -- Ratios, for the comparison of doubles has an absolute tolerance of 1e-10.
  CASE WHEN open / high_1 > 1 THEN 1.0 ELSE 0.0 END AS gap_up,
  CASE WHEN open / low_1 < 1 THEN 1.0 ELSE 0.0 END AS gap_down,
  open - close_1 AS gap_size,
  100 * (open / close_1 - 1) AS gap_size_pct
FROM lagged
