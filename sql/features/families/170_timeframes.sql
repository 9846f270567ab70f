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
-- trap    A running sum keeps a residue of what has left its window. So a sum of moves is made of the terms in its
--         window alone, by adding sums over shorter ones, and what is made of closes, of the closes laid out as an
--         array.
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
    ARRAY[
      close, lag(close, 1) OVER run, lag(close, 2) OVER run, lag(close, 3) OVER run, lag(close, 4) OVER run,
      lag(close, 5) OVER run, lag(close, 6) OVER run, lag(close, 7) OVER run, lag(close, 8) OVER run,
      lag(close, 9) OVER run, lag(close, 10) OVER run, lag(close, 11) OVER run, lag(close, 12) OVER run,
      lag(close, 13) OVER run, lag(close, 14) OVER run, lag(close, 15) OVER run, lag(close, 16) OVER run,
      lag(close, 17) OVER run, lag(close, 18) OVER run, lag(close, 19) OVER run, lag(close, 20) OVER run,
      lag(close, 21) OVER run, lag(close, 22) OVER run, lag(close, 23) OVER run, lag(close, 24) OVER run,
      lag(close, 25) OVER run, lag(close, 26) OVER run, lag(close, 27) OVER run, lag(close, 28) OVER run,
      lag(close, 29) OVER run, lag(close, 30) OVER run, lag(close, 31) OVER run, lag(close, 32) OVER run,
      lag(close, 33) OVER run, lag(close, 34) OVER run, lag(close, 35) OVER run, lag(close, 36) OVER run,
      lag(close, 37) OVER run, lag(close, 38) OVER run, lag(close, 39) OVER run, lag(close, 40) OVER run,
      lag(close, 41) OVER run, lag(close, 42) OVER run, lag(close, 43) OVER run, lag(close, 44) OVER run,
      lag(close, 45) OVER run, lag(close, 46) OVER run, lag(close, 47) OVER run, lag(close, 48) OVER run,
      lag(close, 49) OVER run
    ] AS last_50
  FROM closed
  WINDOW run AS (PARTITION BY symbol, length ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    length,
    close,
    ts_49,
    last_50,
    ln(close / close_1) AS r,
    ln(close / close_1) * ln(close / close_1) AS square,
    CASE WHEN close / close_1 > 1 THEN close - close_1 ELSE 0.0 END AS gain,
    CASE WHEN close / close_1 < 1 THEN close_1 - close ELSE 0.0 END AS loss
  FROM numbered
),
parts AS (
  SELECT
    ts,
    symbol,
    length,
    close,
    ts_49,
    last_50,
    r + lag(r, 1) OVER run + lag(r, 2) OVER run + lag(r, 3) OVER run + lag(r, 4) OVER run AS r_5,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5,
    gain + lag(gain, 1) OVER run + lag(gain, 2) OVER run + lag(gain, 3) OVER run + lag(gain, 4) OVER run
      + lag(gain, 5) OVER run + lag(gain, 6) OVER run AS gain_7,
    loss + lag(loss, 1) OVER run + lag(loss, 2) OVER run + lag(loss, 3) OVER run + lag(loss, 4) OVER run
      + lag(loss, 5) OVER run + lag(loss, 6) OVER run AS loss_7
  FROM terms
  WINDOW run AS (PARTITION BY symbol, length ORDER BY ts)
),
sums AS (
  SELECT
    ts,
    symbol,
    length,
    close,
    datediff('m', ts_49, ts) = 49 * length AS whole,
    last_50,
    r_5 + lag(r_5, 5) OVER run + lag(r_5, 10) OVER run + lag(r_5, 15) OVER run AS r_20,
    square_5 + lag(square_5, 5) OVER run + lag(square_5, 10) OVER run + lag(square_5, 15) OVER run AS square_20,
    gain_7 + lag(gain_7, 7) OVER run AS gain_14,
    loss_7 + lag(loss_7, 7) OVER run AS loss_14
  FROM parts
  WINDOW run AS (PARTITION BY symbol, length ORDER BY ts)
),
lines AS (
  SELECT
    ts,
    symbol,
    length,
    sqrt(length) AS root,
    array_avg(last_50) AS middle,
    array_stddev_samp(last_50) AS deviation_50,
    -- Sum of (x - mean x) * close, x the number of the bar; divided by the sum of (x - mean x)^2, the rise a bar. Of
    -- equal closes it would not be exactly 0.
    CASE
      WHEN array_max(last_50) / array_min(last_50) > 1 THEN dot_product(last_50, ARRAY[
        24.5, 23.5, 22.5, 21.5, 20.5, 19.5, 18.5, 17.5, 16.5, 15.5, 14.5, 13.5, 12.5, 11.5, 10.5, 9.5, 8.5, 7.5, 6.5,
        5.5, 4.5, 3.5, 2.5, 1.5, 0.5, -0.5, -1.5, -2.5, -3.5, -4.5, -5.5, -6.5, -7.5, -8.5, -9.5, -10.5, -11.5, -12.5,
        -13.5, -14.5, -15.5, -16.5, -17.5, -18.5, -19.5, -20.5, -21.5, -22.5, -23.5, -24.5
      ]) / 10412.5
      ELSE 0.0
    END AS rise,
    100 * (array_max(last_50) - array_min(last_50)) / array_avg(last_50) AS width,
    100 * array_stddev_samp(last_50[1:21]) / array_avg(last_50[1:21]) AS spread,
    100 * sqrt(greatest(0.0, square_20 - r_20 * r_20 / 20) / 19 * :bars_a_year / length) AS volatility,
    coalesce(100 * (gain_14 / (gain_14 + loss_14)), 50.0) AS rsi,
    100 * array_avg(close - last_50[1:21]) / array_avg(last_50[1:21]) AS sma_ratio
  FROM sums
  WHERE whole
),
trends AS (
  SELECT
    ts,
    symbol,
    length,
    root,
    100 * rise / middle AS slope,
    -- The squared correlation of the closes with their numbers: rise^2 * 10412.5 / (49 * variance).
    least(1.0, coalesce(rise * rise * 212.5 / (deviation_50 * deviation_50), 0.0)) AS r2,
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
-- The last coarse bars that end no later than a minute does. Both lengths are joined at once and put side by side after
-- that, because a relation that is named twice is computed twice.
closing AS (
  SELECT ts, symbol, 15 AS length, dateadd('m', -15, timestamp_floor('15m', dateadd('m', 1, ts))) AS coarse
  FROM bars
  WHERE ts >= :from
  UNION ALL
  SELECT ts, symbol, 60 AS length, dateadd('m', -60, timestamp_floor('1h', dateadd('m', 1, ts))) AS coarse
  FROM bars
  WHERE ts >= :from
),
told AS (
  SELECT
    c.ts AS ts,
    c.symbol AS symbol,
    c.length AS length,
    m.slope AS slope,
    m.r2 AS r2,
    m.volatility AS volatility,
    m.rsi AS rsi,
    m.sma_ratio AS sma_ratio,
    m.regime AS regime
  FROM closing c
  LEFT JOIN measures m ON m.ts = c.coarse AND m.symbol = c.symbol AND m.length = c.length
)
SELECT
  ts,
  symbol,
  max(CASE WHEN length = 15 AND rsi IS NOT NULL THEN 1.0 ELSE 0.0 END) AS has_15m,
  coalesce(max(CASE WHEN length = 15 THEN slope END), 0.0) AS slope_50_15m,
  coalesce(max(CASE WHEN length = 15 THEN r2 END), 0.0) AS trend_strength_15m,
  coalesce(max(CASE WHEN length = 15 THEN volatility END), 0.0) AS volatility_20_15m,
  coalesce(max(CASE WHEN length = 15 THEN rsi END), 50.0) AS rsi_14_15m,
  coalesce(max(CASE WHEN length = 15 THEN sma_ratio END), 0.0) AS sma_ratio_20_15m,
  coalesce(max(CASE WHEN length = 15 THEN regime END), 0) AS regime_type_15m,
  max(CASE WHEN length = 60 AND rsi IS NOT NULL THEN 1.0 ELSE 0.0 END) AS has_1h,
  coalesce(max(CASE WHEN length = 60 THEN slope END), 0.0) AS slope_50_1h,
  coalesce(max(CASE WHEN length = 60 THEN r2 END), 0.0) AS trend_strength_1h,
  coalesce(max(CASE WHEN length = 60 THEN volatility END), 0.0) AS volatility_20_1h,
  coalesce(max(CASE WHEN length = 60 THEN rsi END), 50.0) AS rsi_14_1h,
  coalesce(max(CASE WHEN length = 60 THEN sma_ratio END), 0.0) AS sma_ratio_20_1h,
  coalesce(max(CASE WHEN length = 60 THEN regime END), 0) AS regime_type_1h
FROM told
GROUP BY ts, symbol
