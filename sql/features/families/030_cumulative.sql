-- purpose Running sums that restart with the UTC day (vwap) or month (obv, adl).
-- grain   One bar of one symbol.
-- reads   bars, window 20
-- state   obv, adl, obv_ema_20, adl_ema_20, day_traded, day_volume
-- recalls obv
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones.
-- trap    The first bar of a month is its own term alone. The first bar of a run has none before it and adds 0 to obv.
--         At a restart the sums jump, and their averages follow. Elsewhere the input of obv lies within -1 and 1, and
--         the others nearly always do; what is outside of that is put to 0.
--
-- family volume
--
-- feature vwap: level in [0, inf], warm-up 0, reach day
-- formula sum(close * volume) / sum(volume) since 00:00 UTC, or since the first bar of a run that begins later
-- null    close when no volume since 00:00 UTC
-- source  Berkowitz, Logue and Noser, The Total Cost of Transactions on the NYSE, J. Finance 43 (1988)
-- input   (vwap - close) / close
--
-- feature obv: level in [-inf, inf], warm-up 1, reach month
-- formula running sum of sign(close - close[1]) * volume since the start of the UTC month or of the run
-- null    never
-- source  Granville, New Key to Stock Market Profits (1963)
-- input   CASE WHEN abs((obv - obv_sma_20) / (20 * volume_sma_20)) <= 1 THEN (obv - obv_sma_20) / (20 * volume_sma_20)
--         ELSE 0 END
--
-- feature obv_sma_20: level in [-inf, inf], warm-up 20, reach month + 19
-- formula mean of obv over 20 bars
-- null    never
-- source  Achelis (2001), simple moving average
-- input   none: the input of obv is its distance to obv
--
-- feature obv_ema_20: level in [-inf, inf], warm-up 40, reach month + 300
-- formula EMA of obv with period 20
-- null    never
-- source  Hunter (1986)
-- input   CASE WHEN abs((obv - obv_ema_20) / (20 * volume_sma_20)) <= 1 THEN (obv - obv_ema_20) / (20 * volume_sma_20)
--         ELSE 0 END
--
-- family technical
--
-- feature adl: level in [-inf, inf], warm-up 0, reach month
-- formula running sum of ((close - low) - (high - close)) / (high - low) * volume since the start of the UTC month or
--         of the run
-- null    never; a bar with high = low adds 0
-- source  Chaikin's accumulation distribution line, Achelis (2001)
-- input   CASE WHEN abs((adl - adl_ema_20) / (20 * volume_sma_20)) <= 1 THEN (adl - adl_ema_20) / (20 * volume_sma_20)
--         ELSE 0 END
--
-- feature adl_ema_20: level in [-inf, inf], warm-up 40, reach month + 300
-- formula EMA of adl with period 20
-- null    never
-- source  Hunter (1986)
-- input   none: the input of adl is its distance to adl
WITH lagged AS (
  SELECT
    ts,
    symbol,
    high,
    low,
    close,
    volume,
    lag(close, 1) OVER (PARTITION BY symbol ORDER BY ts) AS close_1,
    past,
    seed_obv,
    seed_adl,
    seed_day_traded,
    seed_day_volume,
    stored_obv,
    seed_obv_ema_20,
    seed_adl_ema_20
  FROM bars
),
terms AS (
  SELECT
    ts,
    symbol,
    timestamp_floor('1d', ts) AS day,
    timestamp_floor('1M', ts) AS month,
    close,
    CASE WHEN past THEN seed_day_traded ELSE close * volume END AS traded,
    CASE WHEN past THEN seed_day_volume ELSE volume END AS volume,
    CASE WHEN past THEN seed_obv ELSE coalesce(sign(close - close_1) * volume, 0.0) END AS obv_term,
    -- 0 / 0 is null where high = low.
    CASE
      WHEN past THEN seed_adl
      ELSE coalesce((close - low - (high - close)) / (high - low) * volume, 0.0)
    END AS adl_term,
    past,
    stored_obv,
    seed_obv_ema_20,
    seed_adl_ema_20
  FROM lagged
),
sums AS (
  SELECT
    ts,
    symbol,
    close,
    sum(traded) OVER day AS day_traded,
    sum(volume) OVER day AS day_volume,
    sum(obv_term) OVER month AS obv,
    sum(adl_term) OVER month AS adl,
    past,
    stored_obv,
    seed_obv_ema_20,
    seed_adl_ema_20
  FROM terms
  WINDOW
    day AS (PARTITION BY symbol, day ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    month AS (PARTITION BY symbol, month ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
recalled AS (
  SELECT
    ts,
    symbol,
    close,
    day_traded,
    day_volume,
    obv,
    CASE WHEN past THEN stored_obv ELSE obv END AS own_obv,
    avg(CASE WHEN past THEN seed_obv_ema_20 ELSE obv END, 'period', 20) OVER run AS obv_ema_20,
    adl,
    avg(CASE WHEN past THEN seed_adl_ema_20 ELSE adl END, 'period', 20) OVER run AS adl_ema_20
  FROM sums
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
fives AS (
  SELECT
    ts,
    symbol,
    close,
    day_traded,
    day_volume,
    obv,
    own_obv + lag(own_obv, 1) OVER run + lag(own_obv, 2) OVER run + lag(own_obv, 3) OVER run
      + lag(own_obv, 4) OVER run AS obv_5,
    obv_ema_20,
    adl,
    adl_ema_20
  FROM recalled
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  -- A sum that only grows has no residue: without volume since midnight it is exactly 0, and 0 / 0 is null.
  coalesce(day_traded / day_volume, close) AS vwap,
  obv,
  (obv_5 + lag(obv_5, 5) OVER run + lag(obv_5, 10) OVER run + lag(obv_5, 15) OVER run) / 20 AS obv_sma_20,
  obv_ema_20,
  adl,
  adl_ema_20,
  day_traded,
  day_volume
FROM fives
WINDOW run AS (PARTITION BY symbol ORDER BY ts)
