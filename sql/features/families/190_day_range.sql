-- purpose How far a symbol, the venue and BTC-USDT have moved over a day of one-minute bars, in logs.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 0
-- takes   :venue; {candles}; :from and :until, the first and the last bar; :bars_a_year, which tells the
--         length of a bar: a year has 31,536,000 s
-- note    A day's volatility hardly changes within an hour: it is made of blocks of 60 bars that have closed, counted
--         from 1970 on, so that a live bar mostly says what the bar before it says.
-- note    A block counts by the complete bars that it has, so that a hole costs no day of warm-up.
--
-- family  range
-- hypothesis The volatility of the last day is the level to which a spell of minutes or hours returns.
--
-- feature log_parkinson_1440: relative in [-11.6, inf], warm-up 0, reach 1500
-- formula ln(max(s, 1e-5)), s = sqrt(mean of ln(high / low)^2 / (4 ln 2)) over the complete bars of the 24 last blocks
--         of 60 bars that have closed
-- null    never
-- source  Parkinson (1980); Corsi, A Simple Approximate Long-Memory Model of Realized Volatility, J. Financial
--         Econometrics 7 (2009), the daily term
-- input   log_parkinson_1440
--
-- feature market_parkinson_1440: relative in [-11.6, inf], warm-up 0, reach 1500
-- formula mean of log_parkinson_1440 over the symbols of the venue that have bars in these blocks
-- null    never
-- source  Bollerslev, Hood, Huss and Pedersen, Risk Everywhere, Review of Financial Studies 31 (2018)
-- input   market_parkinson_1440
--
-- feature btc_parkinson_1440: relative in [-11.6, inf], warm-up 0, reach 1500
-- formula log_parkinson_1440 of BTC-USDT
-- null    market_parkinson_1440 when BTC-USDT has no bar in these blocks
-- source  Bollerslev, Hood, Huss and Pedersen (2018)
-- input   btc_parkinson_1440
WITH blocks AS (
  SELECT
    symbol,
    ts::long / (60 * (31536000000000 / :bars_a_year)) AS block,
    sum(ln(high / low) * ln(high / low)) AS squares,
    count() AS bars
  FROM {candles}
  WHERE venue = :venue
    AND ts BETWEEN dateadd('s', -1500 * (31536000 / :bars_a_year)::int, :from) AND :until
    AND complete
),
-- A block has a say in the 24 after it.
days AS (
  SELECT b.symbol AS symbol, b.block + d.x AS block, sum(b.squares) AS squares, sum(b.bars) AS bars
  FROM blocks b
  CROSS JOIN long_sequence(24) d
),
logs AS (
  SELECT symbol, block, ln(greatest(1e-5, sqrt(squares / bars / (4 * ln(2.0))))) AS p
  FROM days
),
markets AS (
  SELECT block, avg(p) AS market, max(CASE WHEN symbol = 'BTC-USDT' THEN p END) AS btc
  FROM logs
),
closing AS (
  SELECT
    ts,
    symbol,
    (ts::long + 31536000000000 / :bars_a_year) / (60 * (31536000000000 / :bars_a_year)) AS block
  FROM bars
  WHERE ts >= :from
)
SELECT
  c.ts AS ts,
  c.symbol AS symbol,
  l.p AS log_parkinson_1440,
  m.market AS market_parkinson_1440,
  coalesce(m.btc, m.market) AS btc_parkinson_1440
FROM closing c
JOIN logs l ON l.symbol = c.symbol AND l.block = c.block
JOIN markets m ON m.block = c.block
