-- purpose How far the bars of the whole venue and of BTC-USDT reach, in logs and over spells from one bar to 240.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 240
-- takes   :venue; {candles}; :load and :until, the first and the last bar that is read; :from, the first bar;
--         :bars_a_year, which tells the length of a bar: a year has 31,536,000 s
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone.
-- trap    The bars of the other symbols may have holes: a window that would go over one is none.
--
-- family  range
-- hypothesis The volatility of coins rises and falls as one, and in the market it shows sooner than in one of them.
--
-- feature market_parkinson_1: relative in [-11.6, inf], warm-up 0, reach 0
-- formula mean of log_parkinson_1 over the market, which is the symbols of the venue that have the bar
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen, Risk Everywhere, Review of Financial Studies 31 (2018), common
--         volatility
-- input   market_parkinson_1
--
-- feature market_parkinson_5: relative in [-11.6, inf], warm-up 4, reach 4
-- formula mean of log_parkinson_5 over the market, which is the symbols of the venue that have all 5 bars
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   market_parkinson_5
--
-- feature market_parkinson_20: relative in [-11.6, inf], warm-up 19, reach 19
-- formula mean of log_parkinson_20 over the market, which is the symbols of the venue that have all 20 bars
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   market_parkinson_20
--
-- feature market_parkinson_60: relative in [-11.6, inf], warm-up 59, reach 59
-- formula mean of log_parkinson_60 over the market, which is the symbols of the venue that have all 60 bars
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   market_parkinson_60
--
-- feature market_parkinson_240: relative in [-11.6, inf], warm-up 239, reach 239
-- formula mean of log_parkinson_240 over the market, which is the symbols of the venue that have all 240 bars
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   market_parkinson_240
--
-- feature btc_parkinson_1: relative in [-11.6, inf], warm-up 0, reach 0
-- formula log_parkinson_1 of BTC-USDT
-- null    market_parkinson_1 when BTC-USDT lacks one of the 1 bars
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_1
--
-- feature btc_parkinson_5: relative in [-11.6, inf], warm-up 4, reach 4
-- formula log_parkinson_5 of BTC-USDT
-- null    market_parkinson_5 when BTC-USDT lacks one of the 5 bars
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_5
--
-- feature btc_parkinson_20: relative in [-11.6, inf], warm-up 19, reach 19
-- formula log_parkinson_20 of BTC-USDT
-- null    market_parkinson_20 when BTC-USDT lacks one of the 20 bars
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_20
--
-- feature btc_parkinson_60: relative in [-11.6, inf], warm-up 59, reach 59
-- formula log_parkinson_60 of BTC-USDT
-- null    market_parkinson_60 when BTC-USDT lacks one of the 60 bars
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_60
--
-- feature btc_parkinson_240: relative in [-11.6, inf], warm-up 239, reach 239
-- formula log_parkinson_240 of BTC-USDT
-- null    market_parkinson_240 when BTC-USDT lacks one of the 240 bars
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_240
WITH squares AS (
  SELECT ts, symbol, ln(high / low) * ln(high / low) AS range_1
  FROM {candles}
  WHERE venue = :venue
    AND ts BETWEEN :load AND :until
    AND complete
),
fives AS (
  SELECT
    ts,
    symbol,
    range_1,
    lag(ts, 4) OVER run AS ts_4,
    lag(ts, 19) OVER run AS ts_19,
    lag(ts, 59) OVER run AS ts_59,
    lag(ts, 239) OVER run AS ts_239,
    range_1 + lag(range_1, 1) OVER run + lag(range_1, 2) OVER run + lag(range_1, 3) OVER run + lag(range_1, 4) OVER run
      AS range_5
  FROM squares
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
twenties AS (
  SELECT
    *,
    range_5 + lag(range_5, 5) OVER run + lag(range_5, 10) OVER run + lag(range_5, 15) OVER run AS range_20
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sixties AS (
  SELECT *, range_20 + lag(range_20, 20) OVER run + lag(range_20, 40) OVER run AS range_60
  FROM twenties
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
sums AS (
  SELECT
    *,
    range_60 + lag(range_60, 60) OVER run + lag(range_60, 120) OVER run + lag(range_60, 180) OVER run AS range_240
  FROM sixties
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
logs AS (
  SELECT
    ts,
    symbol,
    ln(greatest(1e-5, sqrt(range_1 / (4 * ln(2.0))))) AS p_1,
    CASE
      WHEN (ts - ts_4) * :bars_a_year <= 31536000000000 * 4
        THEN ln(greatest(1e-5, sqrt(range_5 / 5 / (4 * ln(2.0)))))
    END AS p_5,
    CASE
      WHEN (ts - ts_19) * :bars_a_year <= 31536000000000 * 19
        THEN ln(greatest(1e-5, sqrt(range_20 / 20 / (4 * ln(2.0)))))
    END AS p_20,
    CASE
      WHEN (ts - ts_59) * :bars_a_year <= 31536000000000 * 59
        THEN ln(greatest(1e-5, sqrt(range_60 / 60 / (4 * ln(2.0)))))
    END AS p_60,
    CASE
      WHEN (ts - ts_239) * :bars_a_year <= 31536000000000 * 239
        THEN ln(greatest(1e-5, sqrt(range_240 / 240 / (4 * ln(2.0)))))
    END AS p_240
  FROM sums
  WHERE ts >= :from
),
markets AS (
  SELECT
    ts,
    avg(p_1) AS market_1,
    avg(p_5) AS market_5,
    avg(p_20) AS market_20,
    avg(p_60) AS market_60,
    avg(p_240) AS market_240,
    max(CASE WHEN symbol = 'BTC-USDT' THEN p_1 END) AS btc_1,
    max(CASE WHEN symbol = 'BTC-USDT' THEN p_5 END) AS btc_5,
    max(CASE WHEN symbol = 'BTC-USDT' THEN p_20 END) AS btc_20,
    max(CASE WHEN symbol = 'BTC-USDT' THEN p_60 END) AS btc_60,
    max(CASE WHEN symbol = 'BTC-USDT' THEN p_240 END) AS btc_240
  FROM logs
)
SELECT
  b.ts AS ts,
  b.symbol AS symbol,
  m.market_1 AS market_parkinson_1,
  m.market_5 AS market_parkinson_5,
  m.market_20 AS market_parkinson_20,
  m.market_60 AS market_parkinson_60,
  m.market_240 AS market_parkinson_240,
  coalesce(m.btc_1, m.market_1) AS btc_parkinson_1,
  coalesce(m.btc_5, m.market_5) AS btc_parkinson_5,
  coalesce(m.btc_20, m.market_20) AS btc_parkinson_20,
  coalesce(m.btc_60, m.market_60) AS btc_parkinson_60,
  coalesce(m.btc_240, m.market_240) AS btc_parkinson_240
FROM bars b
JOIN markets m ON m.ts = b.ts
WHERE b.ts >= :from
