-- purpose A symbol against BTC-USDT and against all symbols of its venue.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 60
-- takes   :venue, :symbols; {candles}; :load and :until, the first and the last bar that is read; :bars_a_year, which
--         tells the length of a bar: a year has 31,536,000 s
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null.
-- trap    The comparison of doubles has an absolute tolerance of 1e-10, in ORDER BY too: what is ranked is first
--         multiplied by 2^60, which is exact.
-- trap    The bars of the other symbols may have holes: a return that would go over one is no return. The market at a
--         bar is the symbols that have the return there, the symbol itself among them.
--
-- family  cross
-- hypothesis BTC-USDT leads and the others follow with a delay; what is left beyond the common move reverts or goes on,
--         and how far a market moves as one tells calm from stress.
--
-- feature btc_return_1: relative in [-inf, inf], warm-up 1, reach 1
-- formula log_returns of BTC-USDT at the same bar
-- null    0 when BTC-USDT lacks the return
-- source  Lo and MacKinlay, When Are Contrarian Profits Due to Stock Market Overreaction?, Review of Financial Studies
--         3 (1990), leads and lags
-- input   btc_return_1
--
-- feature btc_correlation_60: relative in [-1, 1], warm-up 60, reach 60
-- formula correlation of log_returns with those of BTC-USDT over 60 bars
-- null    0 when BTC-USDT lacks one of the 60 returns; 0 when one of the two did not move in the 60 bars; 1 when the
--         symbol is BTC-USDT
-- source  Pearson's correlation; Longin and Solnik, Is the Correlation in International Equity Returns Constant?, J.
--         International Money and Finance 14 (1995)
-- input   btc_correlation_60
--
-- feature btc_beta_60: relative in [-inf, inf], warm-up 60, reach 60
-- formula covariance of log_returns with those of BTC-USDT over 60 bars / variance of the latter
-- null    0 when BTC-USDT lacks one of the 60 returns; 0 when one of the two did not move in the 60 bars; 1 when the
--         symbol is BTC-USDT
-- source  Sharpe, Capital Asset Prices, J. Finance 19 (1964), with BTC-USDT for the market
-- input   btc_beta_60
--
-- feature btc_residual_5: relative in [-inf, inf], warm-up 60, reach 60
-- formula ln(close / close[5]) - btc_beta_60 * the same of BTC-USDT; where BTC-USDT lacks it, ln(close / close[5])
-- null    0 when the symbol is BTC-USDT
-- source  Blitz, Huij and Martens, Residual Momentum, J. Empirical Finance 18 (2011)
-- input   btc_residual_5
--
-- feature excess_return_1: relative in [-inf, inf], warm-up 1, reach 1
-- formula log_returns - mean of log_returns over the market
-- null    0 when the market is one symbol
-- source  Lehmann, Fads, Martingales, and Market Efficiency, Quarterly J. Economics 105 (1990)
-- input   excess_return_1
--
-- feature excess_return_5: relative in [-inf, inf], warm-up 5, reach 5
-- formula ln(close / close[5]) - mean of the same over the market
-- null    0 when the market is one symbol
-- source  Lehmann (1990)
-- input   excess_return_5
--
-- feature excess_return_20: relative in [-inf, inf], warm-up 20, reach 20
-- formula ln(close / close[20]) - mean of the same over the market
-- null    0 when the market is one symbol
-- source  Jegadeesh and Titman, Returns to Buying Winners and Selling Losers, J. Finance 48 (1993)
-- input   excess_return_20
--
-- feature return_rank_1: relative in [0, 1], warm-up 1, reach 1
-- formula (symbols of the market with a lower return + half of the other symbols with the same) / (symbols - 1), by
--         log_returns
-- null    0.5 when the market is one symbol
-- source  Asness, Moskowitz and Pedersen, Value and Momentum Everywhere, J. Finance 68 (2013), ranks
-- input   return_rank_1
--
-- feature return_rank_20: relative in [0, 1], warm-up 20, reach 20
-- formula the same by ln(close / close[20])
-- null    0.5 when the market is one symbol
-- source  Asness, Moskowitz and Pedersen (2013), ranks
-- input   return_rank_20
--
-- feature volatility_rank_20: relative in [0, 1], warm-up 20, reach 20
-- formula the same by the deviation of log_returns over 20 bars
-- null    0.5 when the market is one symbol
-- source  Ang, Hodrick, Xing and Zhang, The Cross-Section of Volatility and Expected Returns, J. Finance 61 (2006)
-- input   volatility_rank_20
--
-- feature breadth_1: relative in [0, 1], warm-up 1, reach 1
-- formula share of the market that rose at the bar, half of those that did not move added
-- null    never
-- source  Zweig, Winning on Wall Street (1986), advances and declines
-- input   breadth_1
--
-- feature breadth_20: relative in [0, 1], warm-up 20, reach 20
-- formula share of the market that rose over 20 bars, half of those that did not move added
-- null    never
-- source  Zweig (1986), advances and declines
-- input   breadth_20
--
-- feature dispersion_1: relative in [0, inf], warm-up 1, reach 1
-- formula standard deviation of log_returns over the market
-- null    0 when the market is one symbol
-- source  Stivers, Firm-Level Return Dispersion and the Future Volatility of Aggregate Stock Market Returns, J.
--         Financial Markets 6 (2003)
-- input   dispersion_1
--
-- feature dispersion_20: relative in [0, inf], warm-up 20, reach 20
-- formula standard deviation of ln(close / close[20]) over the market
-- null    0 when the market is one symbol
-- source  Stivers (2003)
-- input   dispersion_20
WITH bitcoin AS (
  SELECT
    ts,
    close,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(ts, 1) OVER run AS ts_1,
    lag(ts, 5) OVER run AS ts_5
  FROM {candles}
  WHERE venue = :venue
    AND symbol = 'BTC-USDT'
    AND ts BETWEEN :load AND :until
    AND complete
  WINDOW run AS (ORDER BY ts)
),
leader AS (
  SELECT
    ts,
    CASE WHEN (ts - ts_1) * :bars_a_year <= 31536000000000 THEN ln(close / close_1) END AS y,
    CASE WHEN (ts - ts_5) * :bars_a_year <= 31536000000000 * 5 THEN ln(close / close_5) END AS y_5
  FROM bitcoin
),
ten_leads AS (
  SELECT
    ts,
    y,
    y_5,
    y + lag(y, 1) OVER run + lag(y, 2) OVER run + lag(y, 3) OVER run + lag(y, 4) OVER run + lag(y, 5) OVER run
      + lag(y, 6) OVER run + lag(y, 7) OVER run + lag(y, 8) OVER run + lag(y, 9) OVER run AS y_10,
    y * y + lag(y * y, 1) OVER run + lag(y * y, 2) OVER run + lag(y * y, 3) OVER run + lag(y * y, 4) OVER run
      + lag(y * y, 5) OVER run + lag(y * y, 6) OVER run + lag(y * y, 7) OVER run + lag(y * y, 8) OVER run
      + lag(y * y, 9) OVER run AS square_10
  FROM leader
  WINDOW run AS (ORDER BY ts)
),
leads AS (
  SELECT
    ts,
    y,
    y_5,
    (
      y_10 + lag(y_10, 10) OVER run + lag(y_10, 20) OVER run + lag(y_10, 30) OVER run + lag(y_10, 40) OVER run
        + lag(y_10, 50) OVER run
    ) / 60 AS mean_y,
    (
      square_10 + lag(square_10, 10) OVER run + lag(square_10, 20) OVER run + lag(square_10, 30) OVER run
        + lag(square_10, 40) OVER run + lag(square_10, 50) OVER run
    ) / 60 AS square_y
  FROM ten_leads
  WINDOW run AS (ORDER BY ts)
),
lagged AS (
  SELECT
    ts,
    symbol,
    close,
    lag(close, 1) OVER run AS close_1,
    lag(close, 5) OVER run AS close_5,
    lag(close, 20) OVER run AS close_20,
    lag(ts, 1) OVER run AS ts_1,
    lag(ts, 5) OVER run AS ts_5,
    lag(ts, 20) OVER run AS ts_20
  FROM {candles}
  WHERE venue = :venue
    AND ts BETWEEN :load AND :until
    AND complete
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
returns AS (
  SELECT
    ts,
    symbol,
    CASE WHEN (ts - ts_1) * :bars_a_year <= 31536000000000 THEN ln(close / close_1) END AS r,
    CASE WHEN (ts - ts_5) * :bars_a_year <= 31536000000000 * 5 THEN ln(close / close_5) END AS r_5,
    CASE WHEN (ts - ts_20) * :bars_a_year <= 31536000000000 * 20 THEN ln(close / close_20) END AS r_20
  FROM lagged
),
pairs AS (
  SELECT
    r.ts AS ts,
    r.symbol AS symbol,
    r.r AS r,
    r.r_5 AS r_5,
    r.r_20 AS r_20,
    r.r * r.r AS square,
    r.r * b.y AS product,
    b.y AS y,
    b.y_5 AS y_5,
    b.mean_y AS mean_y,
    b.square_y AS square_y
  FROM returns r
  LEFT JOIN leads b ON b.ts = r.ts
),
fives AS (
  SELECT
    ts,
    symbol,
    r,
    r_5,
    r_20,
    square + lag(square, 1) OVER run + lag(square, 2) OVER run + lag(square, 3) OVER run
      + lag(square, 4) OVER run AS square_5,
    product + lag(product, 1) OVER run + lag(product, 2) OVER run + lag(product, 3) OVER run
      + lag(product, 4) OVER run AS product_5,
    y,
    y_5,
    mean_y,
    square_y
  FROM pairs
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
twenties AS (
  SELECT
    ts,
    symbol,
    r,
    r_5,
    r_20,
    -- The returns of 20 bars are the return over them.
    r_20 + lag(r_20, 20) OVER run + lag(r_20, 40) OVER run AS r_60,
    square_5 + lag(square_5, 5) OVER run + lag(square_5, 10) OVER run + lag(square_5, 15) OVER run AS square_20,
    product_5 + lag(product_5, 5) OVER run + lag(product_5, 10) OVER run + lag(product_5, 15) OVER run AS product_20,
    y,
    y_5,
    mean_y,
    square_y
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
windows AS (
  SELECT
    ts,
    symbol,
    r,
    r_5,
    r_20,
    r_60 / 60 AS mean_60,
    square_20,
    (square_20 + lag(square_20, 20) OVER run + lag(square_20, 40) OVER run) / 60 AS square_60,
    (product_20 + lag(product_20, 20) OVER run + lag(product_20, 40) OVER run) / 60 AS product_60,
    y,
    y_5,
    mean_y,
    square_y
  FROM twenties
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
measures AS (
  SELECT
    ts,
    symbol,
    r,
    r_5,
    r_20,
    y,
    y_5,
    r * 1152921504606846976.0 AS rank_of_1,
    r_20 * 1152921504606846976.0 AS rank_of_20,
    (square_20 / 20 - r_20 * r_20 / 400) * 1152921504606846976.0 AS rank_of_calm,
    -- BTC-USDT against itself is exact. A division by a variance of 0, or by none, is null.
    CASE
      WHEN symbol <> 'BTC-USDT'
        THEN (product_60 - mean_60 * mean_y) / sqrt((square_60 - mean_60 * mean_60) * (square_y - mean_y * mean_y))
      WHEN sign(square_y) > 0 THEN 1.0
    END AS correlation,
    CASE
      WHEN symbol <> 'BTC-USDT' AND sign(square_60) > 0
        THEN (product_60 - mean_60 * mean_y) / (square_y - mean_y * mean_y)
      WHEN symbol = 'BTC-USDT' AND sign(square_y) > 0 THEN 1.0
    END AS beta
  FROM windows
),
markets AS (
  SELECT
    ts,
    symbol,
    r,
    r_5,
    r_20,
    y,
    y_5,
    correlation,
    beta,
    avg(r) OVER market AS mean_1,
    avg(r_5) OVER market AS mean_5,
    avg(r_20) OVER market AS mean_20,
    avg(r * r) OVER market AS square_1,
    avg(r_20 * r_20) OVER market AS square_20,
    avg(sign(r)) OVER market AS side_1,
    avg(sign(r_20)) OVER market AS side_20,
    count(r) OVER market AS symbols_1,
    count(r_20) OVER market AS symbols_20,
    -- How many have the value itself: equal values share the mean of their ranks.
    percent_rank() OVER (PARTITION BY ts, r IS NULL ORDER BY rank_of_1) AS below_1,
    percent_rank() OVER (PARTITION BY ts, r_20 IS NULL ORDER BY rank_of_20) AS below_20,
    percent_rank() OVER (PARTITION BY ts, r_20 IS NULL ORDER BY rank_of_calm) AS calmer_20,
    count() OVER (PARTITION BY ts, r) AS equal_1,
    count() OVER (PARTITION BY ts, r_20) AS equal_20,
    count() OVER (PARTITION BY ts, rank_of_calm) AS as_calm_20
  FROM measures
  WINDOW market AS (PARTITION BY ts)
)
SELECT
  ts,
  symbol,
  coalesce(y, 0.0) AS btc_return_1,
  greatest(-1.0, least(1.0, coalesce(correlation, 0.0))) AS btc_correlation_60,
  coalesce(beta, 0.0) AS btc_beta_60,
  r_5 - coalesce(beta * y_5, 0.0) AS btc_residual_5,
  r - mean_1 AS excess_return_1,
  r_5 - mean_5 AS excess_return_5,
  r_20 - mean_20 AS excess_return_20,
  coalesce(below_1 + (equal_1 - 1) * 0.5 / (symbols_1 - 1), 0.5) AS return_rank_1,
  coalesce(below_20 + (equal_20 - 1) * 0.5 / (symbols_20 - 1), 0.5) AS return_rank_20,
  coalesce(calmer_20 + (as_calm_20 - 1) * 0.5 / (symbols_20 - 1), 0.5) AS volatility_rank_20,
  (side_1 + 1) / 2 AS breadth_1,
  (side_20 + 1) / 2 AS breadth_20,
  CASE
    WHEN symbols_1 > 1 THEN sqrt(greatest(0.0, square_1 - mean_1 * mean_1) * symbols_1 / (symbols_1 - 1))
    ELSE 0.0
  END AS dispersion_1,
  CASE
    WHEN symbols_20 > 1 THEN sqrt(greatest(0.0, square_20 - mean_20 * mean_20) * symbols_20 / (symbols_20 - 1))
    ELSE 0.0
  END AS dispersion_20
FROM markets
WHERE symbol IN :symbols
