-- purpose The bars of 15 minutes and of one hour, as of their last close, on each bar of one minute.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 0
-- on      1m
-- takes   :venue, :symbols; {candles}; :from and :until, the first and the last bar; :bars_a_year; :slope_threshold,
--         :range_threshold and :volatility_threshold of one-minute bars, which grow with the square root of the length
--         of a bar
-- trap    A coarse bar is known once it has closed: the one used at a minute is the last that ends no later than that
--         minute does. It is made of one-minute bars, not read from the coarser tables, which follow with a delay, and
--         counts only when all its minutes are there. A window over a hole among the coarse bars is not full.
--
-- family  timeframes
-- hypothesis The trend and the volatility of a coarser bar, on which slower traders decide, tell in which direction and
--         how far the moves of minutes are carried.
--
-- feature has_15m: flag in [0, 1], warm-up 0, reach 765
-- formula 1 when the last 50 bars of 15 minutes that have closed are there without a hole else 0
-- null    never
-- source  whether the features of 15 minutes rest on their whole windows
-- input   has_15m
--
-- feature slope_50_15m: relative in [-inf, inf], warm-up 0, reach 765
-- formula 100 * the rise a bar of the least-squares line through 50 closes of 15 minutes / their mean
-- null    0 when has_15m is 0; 0 when no move within the 50 bars
-- source  the slope of regime_type, of a coarser bar; Elder, Trading for a Living (1993), the triple screen
-- input   slope_50_15m
--
-- feature trend_strength_15m: relative in [0, 1], warm-up 0, reach 765
-- formula R2 of the same line
-- null    0 when has_15m is 0; 0 when no move within the 50 bars
-- source  trend_strength of a coarser bar; Elder (1993)
-- input   trend_strength_15m
--
-- feature volatility_20_15m: relative in [0, inf], warm-up 0, reach 765
-- formula 100 * sample standard deviation of the log returns of 20 bars of 15 minutes * sqrt(such bars a year)
-- null    0 when has_15m is 0; 0 when no move in the 20 bars
-- source  Corsi, A Simple Approximate Long-Memory Model of Realized Volatility, J. Financial Econometrics 7 (2009)
-- input   volatility_20_15m
--
-- feature rsi_14_15m: relative in [0, 100], warm-up 0, reach 765
-- formula rsi_14 of bars of 15 minutes: 100 - 100 / (1 + mean gain / mean loss), simple means over the moves of 14 bars
-- null    50 when has_15m is 0; 50 when no move in the 14 bars
-- source  Wilder, New Concepts in Technical Trading Systems (1978), with simple means; Elder (1993)
-- input   rsi_14_15m
--
-- feature sma_ratio_20_15m: relative in [-100, inf], warm-up 0, reach 765
-- formula 100 * (close / mean of close over 20 - 1), of bars of 15 minutes
-- null    0 when has_15m is 0
-- source  Brock, Lakonishok and LeBaron, Simple Technical Trading Rules, J. Finance 47 (1992)
-- input   sma_ratio_20_15m
--
-- feature regime_type_15m: category in [0, 4], warm-up 0, reach 765
-- formula regime_type of bars of 15 minutes: 4 volatile, else 3 trending up, 2 trending down, 1 ranging, else 0
-- null    0 when has_15m is 0
-- source  regime_type of a coarser bar; Elder (1993)
-- input   regime_type_15m
--
-- feature has_1h: flag in [0, 1], warm-up 0, reach 3060
-- formula 1 when the last 50 bars of one hour that have closed are there without a hole else 0
-- null    never
-- source  whether the features of one hour rest on their whole windows
-- input   has_1h
--
-- feature slope_50_1h: relative in [-inf, inf], warm-up 0, reach 3060
-- formula 100 * the rise a bar of the least-squares line through 50 closes of one hour / their mean
-- null    0 when has_1h is 0; 0 when no move within the 50 bars
-- source  the slope of regime_type, of a coarser bar; Elder, Trading for a Living (1993), the triple screen
-- input   slope_50_1h
--
-- feature trend_strength_1h: relative in [0, 1], warm-up 0, reach 3060
-- formula R2 of the same line
-- null    0 when has_1h is 0; 0 when no move within the 50 bars
-- source  trend_strength of a coarser bar; Elder (1993)
-- input   trend_strength_1h
--
-- feature volatility_20_1h: relative in [0, inf], warm-up 0, reach 3060
-- formula 100 * sample standard deviation of the log returns of 20 bars of one hour * sqrt(such bars a year)
-- null    0 when has_1h is 0; 0 when no move in the 20 bars
-- source  Corsi, A Simple Approximate Long-Memory Model of Realized Volatility, J. Financial Econometrics 7 (2009)
-- input   volatility_20_1h
--
-- feature rsi_14_1h: relative in [0, 100], warm-up 0, reach 3060
-- formula rsi_14 of bars of one hour: 100 - 100 / (1 + mean gain / mean loss), simple means over the moves of 14 bars
-- null    50 when has_1h is 0; 50 when no move in the 14 bars
-- source  Wilder, New Concepts in Technical Trading Systems (1978), with simple means; Elder (1993)
-- input   rsi_14_1h
--
-- feature sma_ratio_20_1h: relative in [-100, inf], warm-up 0, reach 3060
-- formula 100 * (close / mean of close over 20 - 1), of bars of one hour
-- null    0 when has_1h is 0
-- source  Brock, Lakonishok and LeBaron, Simple Technical Trading Rules, J. Finance 47 (1992)
-- input   sma_ratio_20_1h
--
-- feature regime_type_1h: category in [0, 4], warm-up 0, reach 3060
-- formula regime_type of bars of one hour: 4 volatile, else 3 trending up, 2 trending down, 1 ranging, else 0
-- null    0 when has_1h is 0
-- source  regime_type of a coarser bar; Elder (1993)
-- input   regime_type_1h
WITH bars_15m AS (
  SELECT
    ts,
    symbol,
    last(close) AS close,
    count() AS minutes
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN dateadd('h', -13, timestamp_floor('15m', :from)) AND :until
    AND complete
  SAMPLE BY 15m ALIGN TO CALENDAR
),
bars_1h AS (
  SELECT
    ts,
    symbol,
    last(close) AS close,
    count() AS minutes
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN dateadd('h', -52, timestamp_floor('1h', :from)) AND :until
    AND complete
  SAMPLE BY 1h ALIGN TO CALENDAR
),
closed AS (
  SELECT ts, symbol, close, 15 AS length FROM bars_15m WHERE minutes = 15
  UNION ALL
  SELECT ts, symbol, close, 60 AS length FROM bars_1h WHERE minutes = 60
),
numbered AS (
  SELECT
    ts,
    symbol,
    length,
    close,
    lag(close, 1) OVER run AS close_1,
    lag(ts, 49) OVER run AS ts_49,
    first_value(close) OVER run AS first_close,
    row_number() OVER run AS bar
  FROM closed
  WINDOW run AS (PARTITION BY symbol, length ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    length,
    datediff('m', ts_49, ts) = 49 * length AS whole,
    sqrt(length) AS root,
    bar,
    close / first_close - 1 AS x,
    ln(close / close_1) AS r,
    CASE WHEN close / close_1 > 1 THEN (close - close_1) / first_close ELSE 0.0 END AS gain,
    CASE WHEN close / close_1 < 1 THEN (close_1 - close) / first_close ELSE 0.0 END AS loss
  FROM numbered
),
windows AS (
  SELECT
    ts,
    symbol,
    length,
    whole,
    root,
    bar,
    x,
    avg(x) OVER last_20 AS mean_20,
    avg(x * x) OVER last_20 AS square_20,
    avg(x) OVER last_50 AS mean_50,
    avg(x * x) OVER last_50 AS square_50,
    avg(bar * x) OVER last_50 AS product_50,
    max((1 + x) * 1048576.0) OVER last_50 / 1048576.0 AS highest,
    min((1 + x) * 1048576.0) OVER last_50 / 1048576.0 AS lowest,
    avg(r) OVER last_20 AS return_20,
    avg(r * r) OVER last_20 AS square_return_20,
    sum(abs(sign(r))) OVER last_19 AS moved_within_20,
    sum(abs(sign(r))) OVER last_20 AS moved_20,
    avg(gain) OVER last_14 AS mean_gain,
    avg(loss) OVER last_14 AS mean_loss,
    sum(sign(gain)) OVER last_14 AS gains,
    sum(sign(loss)) OVER last_14 AS losses
  FROM terms
  WINDOW
    last_14 AS (PARTITION BY symbol, length ORDER BY ts ROWS BETWEEN 13 PRECEDING AND CURRENT ROW),
    last_19 AS (PARTITION BY symbol, length ORDER BY ts ROWS BETWEEN 18 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol, length ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW),
    last_50 AS (PARTITION BY symbol, length ORDER BY ts ROWS BETWEEN 49 PRECEDING AND CURRENT ROW)
),
lines AS (
  SELECT
    ts,
    symbol,
    length,
    root,
    CASE WHEN highest / lowest > 1 THEN (product_50 - (bar - 24.5) * mean_50) * 50 / 10412.5 ELSE 0.0 END AS rise,
    1 + mean_50 AS middle,
    square_50 - mean_50 * mean_50 AS variance_50,
    100 * (highest - lowest) / (1 + mean_50) AS width,
    CASE
      WHEN moved_within_20 = 0 THEN 0.0
      ELSE 100 * sqrt(greatest(0.0, square_20 - mean_20 * mean_20) * 20 / 19) / (1 + mean_20)
    END AS spread,
    CASE
      WHEN moved_20 = 0 THEN 0.0
      ELSE 100 * sqrt(greatest(0.0, square_return_20 - return_20 * return_20) * 20 / 19 * :bars_a_year / length)
    END AS volatility,
    CASE
      WHEN gains + losses = 0 THEN 50.0
      WHEN losses = 0 THEN 100.0
      WHEN gains = 0 THEN 0.0
      ELSE 100 - 100 / (1 + mean_gain / mean_loss)
    END AS rsi,
    100 * ((1 + x) / (1 + mean_20) - 1) AS sma_ratio
  FROM windows
  WHERE whole
),
trends AS (
  SELECT
    ts,
    symbol,
    length,
    root,
    100 * rise / middle AS slope,
    -- The squared correlation of the closes with their numbers, whose variance is 208.25.
    CASE WHEN width > 0 THEN greatest(0.0, least(1.0, rise * rise * 208.25 / variance_50)) ELSE 0.0 END AS r2,
    width,
    spread,
    volatility,
    rsi,
    sma_ratio
  FROM lines
),
measures AS (
  SELECT
    ts,
    symbol,
    length,
    slope,
    r2,
    volatility,
    rsi,
    sma_ratio,
    CASE
      WHEN spread > :volatility_threshold * root THEN 4
      WHEN slope > :slope_threshold * root AND r2 > 0.5 THEN 3
      WHEN slope < -:slope_threshold * root AND r2 > 0.5 THEN 2
      WHEN width < :range_threshold * root THEN 1
      ELSE 0
    END AS regime
  FROM trends
),
-- The last coarse bars that end no later than a minute does.
closing AS (
  SELECT
    ts,
    symbol,
    dateadd('m', -15, timestamp_floor('15m', dateadd('m', 1, ts))) AS quarter,
    dateadd('m', -60, timestamp_floor('1h', dateadd('m', 1, ts))) AS hour
  FROM bars
  WHERE ts >= :from
)
SELECT
  c.ts AS ts,
  c.symbol AS symbol,
  CASE WHEN q.rsi IS NULL THEN 0.0 ELSE 1.0 END AS has_15m,
  coalesce(q.slope, 0.0) AS slope_50_15m,
  coalesce(q.r2, 0.0) AS trend_strength_15m,
  coalesce(q.volatility, 0.0) AS volatility_20_15m,
  coalesce(q.rsi, 50.0) AS rsi_14_15m,
  coalesce(q.sma_ratio, 0.0) AS sma_ratio_20_15m,
  coalesce(q.regime, 0) AS regime_type_15m,
  CASE WHEN h.rsi IS NULL THEN 0.0 ELSE 1.0 END AS has_1h,
  coalesce(h.slope, 0.0) AS slope_50_1h,
  coalesce(h.r2, 0.0) AS trend_strength_1h,
  coalesce(h.volatility, 0.0) AS volatility_20_1h,
  coalesce(h.rsi, 50.0) AS rsi_14_1h,
  coalesce(h.sma_ratio, 0.0) AS sma_ratio_20_1h,
  coalesce(h.regime, 0) AS regime_type_1h
FROM closing c
LEFT JOIN (SELECT * FROM measures WHERE length = 15) q ON q.ts = c.quarter AND q.symbol = c.symbol
LEFT JOIN (SELECT * FROM measures WHERE length = 60) h ON h.ts = c.hour AND h.symbol = c.symbol
