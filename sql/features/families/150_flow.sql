-- purpose Who trades, how often and how large, and what the book shows, where trades and quotes were recorded.
-- grain   One bar of one unbroken run of one symbol.
-- reads   bars, window 20
-- trap    Bars that came as candles have neither buy_volume nor trades, bars without a quote neither spread nor
--         imbalance. Such bars add nothing to a sum or a mean; where nothing is left, the stated value stands.
-- trap    A running sum keeps a residue of what has left its window. So a sum is made of the terms in its window alone,
--         by adding sums over shorter ones; it is exactly 0 when all of them are, and 0 / 0 is null. Sums of whole
--         numbers have no residue.
--
-- family  flow
-- hypothesis Takers who are in a hurry move prices: the side, the size and the persistence of their trades, and the
--         thinness and tilt of the book that they meet, precede returns and volatility.
--
-- feature has_flow: flag in [0, 1], warm-up 0, reach 0
-- formula 1 when the taker side of its trades is recorded else 0
-- null    never
-- source  the way the bar came: buy_volume is recorded
-- input   has_flow
--
-- feature has_quotes: flag in [0, 1], warm-up 0, reach 0
-- formula 1 when quotes were recorded in the bar else 0
-- null    never
-- source  the way the bar came: spread is recorded
-- input   has_quotes
--
-- feature buy_share: relative in [0, 1], warm-up 0, reach 0
-- formula buy_volume / volume of the trades whose taker side is known
-- null    0.5 when no taker side is recorded in the bar
-- source  Chordia, Roll and Subrahmanyam, Order Imbalance, Liquidity and Market Returns, J. Financial Economics 65
--         (2002)
-- input   buy_share
--
-- feature buy_share_5: relative in [0, 1], warm-up 4, reach 4
-- formula sum(buy_volume) / sum(volume) over the trades of 5 bars whose taker side is known
-- null    0.5 when no taker side is recorded in the 5 bars
-- source  Chordia, Roll and Subrahmanyam (2002)
-- input   buy_share_5
--
-- feature buy_share_20: relative in [0, 1], warm-up 19, reach 19
-- formula sum(buy_volume) / sum(volume) over the trades of 20 bars whose taker side is known
-- null    0.5 when no taker side is recorded in the 20 bars
-- source  Chordia, Roll and Subrahmanyam (2002)
-- input   buy_share_20
--
-- feature trade_count_ratio_20: relative in [0, 20], warm-up 19, reach 19
-- formula trades / mean of trades over those of 20 bars that were made from trades
-- null    1 when the bar was not made from trades; 1 when no trades are recorded in the 20 bars
-- source  Jones, Kaul and Lipson, Transactions, Volume, and Volatility, Review of Financial Studies 7 (1994)
-- input   trade_count_ratio_20
--
-- feature trade_size_ratio_20: relative in [0, inf], warm-up 19, reach 19
-- formula (volume / trades) / (sum(volume) / sum(trades) over those of 20 bars that were made from trades)
-- null    1 when no trades are recorded in the bar
-- source  Easley and O'Hara, Price, Trade Size, and Information in Securities Markets, J. Financial Economics 19 (1987)
-- input   trade_size_ratio_20
--
-- feature spread_bps: relative in [-20000, 20000], warm-up 0, reach 0
-- formula 10,000 * mean over the quotes of the bar of (ask - bid) / mid
-- null    0 when no quotes are recorded in the bar
-- source  Amihud and Mendelson, Asset Pricing and the Bid-Ask Spread, J. Financial Economics 17 (1986)
-- input   spread_bps
--
-- feature spread_ratio_20: relative in [-inf, inf], warm-up 19, reach 19
-- formula spread / mean of spread over those of 20 bars that have quotes
-- null    1 when no quotes are recorded in the bar; 1 when the mean is not above 0
-- source  Amihud and Mendelson (1986), against its own past
-- input   spread_ratio_20
--
-- feature book_imbalance: relative in [-1, 1], warm-up 0, reach 0
-- formula mean over the quotes of the bar of (bid size - ask size) / (bid size + ask size)
-- null    0 when no quotes are recorded in the bar
-- source  Gould and Bonart, Queue Imbalance as a One-Tick-Ahead Price Predictor, Market Microstructure and Liquidity 2
--         (2016)
-- input   book_imbalance
--
-- feature book_imbalance_5: relative in [-1, 1], warm-up 4, reach 4
-- formula mean of book_imbalance over those of 5 bars that have quotes
-- null    0 when no quotes are recorded in the 5 bars
-- source  Gould and Bonart (2016)
-- input   book_imbalance_5
--
-- feature flow_return_20: relative in [-inf, inf], warm-up 20, reach 20
-- formula sum((2 buy_volume - volume) * log_returns) / sum(volume) over the trades of 20 bars whose taker side is known
-- null    0 when no taker side is recorded in the 20 bars
-- source  Kyle, Continuous Auctions and Insider Trading, Econometrica 53 (1985): whether returns go with the flow
-- input   flow_return_20
--
-- feature volume_weighted_return_20: relative in [-inf, inf], warm-up 20, reach 20
-- formula sum(volume * log_returns) / sum(volume) over 20 bars
-- null    0 when no volume in the 20 bars
-- source  Llorente, Michaely, Saar and Wang, Dynamic Volume-Return Relation, Review of Financial Studies 15 (2002)
-- input   volume_weighted_return_20
--
-- feature flow_persistence_20: relative in [0, 1], warm-up 20, reach 20
-- formula share of those 20 bars, in which as in the bar before one side took more than the other, where it was the
--         same
-- null    0.5 when there is no such bar among the 20
-- source  Lillo and Farmer, The Long Memory of the Efficient Market, Studies in Nonlinear Dynamics 8 (2004)
-- input   flow_persistence_20
WITH shares AS (
  SELECT
    ts,
    symbol,
    close,
    volume,
    trades,
    buy_volume,
    sided_volume,
    spread,
    imbalance,
    lag(close, 1) OVER run AS close_1,
    -- Null where no taker side is recorded; compared with 0.5 the share is within the tolerance of the comparison.
    buy_volume / sided_volume AS share,
    lag(buy_volume / sided_volume, 1) OVER run AS share_1
  FROM bars
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
),
terms AS (
  SELECT
    ts,
    symbol,
    volume,
    trades::double AS trades,
    share,
    spread,
    imbalance,
    buy_volume IS NOT NULL AS flow,
    coalesce(buy_volume, 0.0) AS bought,
    coalesce(sided_volume, 0.0) AS taken,
    CASE WHEN trades IS NOT NULL THEN volume ELSE 0.0 END AS traded,
    CASE WHEN buy_volume IS NOT NULL THEN (2 * buy_volume - sided_volume) * ln(close / close_1) ELSE 0.0 END AS impact,
    volume * ln(close / close_1) AS moved,
    coalesce(spread, 0.0) AS own_spread,
    coalesce(imbalance, 0.0) AS own_imbalance,
    CASE
      WHEN share = 0.5 OR share_1 = 0.5 OR share IS NULL OR share_1 IS NULL THEN NULL
      WHEN share > 0.5 AND share_1 > 0.5 THEN 1.0
      WHEN share < 0.5 AND share_1 < 0.5 THEN 1.0
      ELSE 0.0
    END AS same
  FROM shares
),
fives AS (
  SELECT
    ts,
    symbol,
    volume,
    trades,
    share,
    spread,
    imbalance,
    flow,
    bought + lag(bought, 1) OVER run + lag(bought, 2) OVER run + lag(bought, 3) OVER run
      + lag(bought, 4) OVER run AS bought_5,
    taken + lag(taken, 1) OVER run + lag(taken, 2) OVER run + lag(taken, 3) OVER run
      + lag(taken, 4) OVER run AS taken_5,
    traded + lag(traded, 1) OVER run + lag(traded, 2) OVER run + lag(traded, 3) OVER run
      + lag(traded, 4) OVER run AS traded_5,
    impact + lag(impact, 1) OVER run + lag(impact, 2) OVER run + lag(impact, 3) OVER run
      + lag(impact, 4) OVER run AS impact_5,
    moved + lag(moved, 1) OVER run + lag(moved, 2) OVER run + lag(moved, 3) OVER run
      + lag(moved, 4) OVER run AS moved_5,
    volume + lag(volume, 1) OVER run + lag(volume, 2) OVER run + lag(volume, 3) OVER run
      + lag(volume, 4) OVER run AS volume_5,
    own_spread + lag(own_spread, 1) OVER run + lag(own_spread, 2) OVER run + lag(own_spread, 3) OVER run
      + lag(own_spread, 4) OVER run AS spread_5,
    own_imbalance + lag(own_imbalance, 1) OVER run + lag(own_imbalance, 2) OVER run + lag(own_imbalance, 3) OVER run
      + lag(own_imbalance, 4) OVER run AS imbalance_5,
    count(imbalance) OVER last_5 AS books_5,
    count(spread) OVER last_20 AS quotes_20,
    avg(trades) OVER last_20 AS mean_trades_20,
    sum(coalesce(trades, 0.0)) OVER last_20 AS trades_20,
    avg(same) OVER last_20 AS persistence_20
  FROM terms
  WINDOW
    run AS (PARTITION BY symbol ORDER BY ts),
    last_5 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
    last_20 AS (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
),
sums AS (
  SELECT
    ts,
    symbol,
    volume,
    trades,
    share,
    spread,
    imbalance,
    flow,
    bought_5,
    taken_5,
    bought_5 + lag(bought_5, 5) OVER run + lag(bought_5, 10) OVER run + lag(bought_5, 15) OVER run AS bought_20,
    taken_5 + lag(taken_5, 5) OVER run + lag(taken_5, 10) OVER run + lag(taken_5, 15) OVER run AS taken_20,
    traded_5 + lag(traded_5, 5) OVER run + lag(traded_5, 10) OVER run + lag(traded_5, 15) OVER run AS traded_20,
    impact_5 + lag(impact_5, 5) OVER run + lag(impact_5, 10) OVER run + lag(impact_5, 15) OVER run AS impact_20,
    moved_5 + lag(moved_5, 5) OVER run + lag(moved_5, 10) OVER run + lag(moved_5, 15) OVER run AS moved_20,
    volume_5 + lag(volume_5, 5) OVER run + lag(volume_5, 10) OVER run + lag(volume_5, 15) OVER run AS volume_20,
    spread_5 + lag(spread_5, 5) OVER run + lag(spread_5, 10) OVER run + lag(spread_5, 15) OVER run AS spread_20,
    imbalance_5,
    books_5,
    quotes_20,
    mean_trades_20,
    trades_20,
    persistence_20
  FROM fives
  WINDOW run AS (PARTITION BY symbol ORDER BY ts)
)
SELECT
  ts,
  symbol,
  CASE WHEN flow THEN 1.0 ELSE 0.0 END AS has_flow,
  CASE WHEN spread IS NOT NULL THEN 1.0 ELSE 0.0 END AS has_quotes,
  coalesce(share, 0.5) AS buy_share,
  coalesce(bought_5 / taken_5, 0.5) AS buy_share_5,
  coalesce(bought_20 / taken_20, 0.5) AS buy_share_20,
  coalesce(trades / mean_trades_20, 1.0) AS trade_count_ratio_20,
  coalesce(volume / trades / (traded_20 / trades_20), 1.0) AS trade_size_ratio_20,
  coalesce(10000 * spread, 0.0) AS spread_bps,
  CASE WHEN sign(spread_20) > 0 THEN coalesce(spread / (spread_20 / quotes_20), 1.0) ELSE 1.0 END AS spread_ratio_20,
  coalesce(imbalance, 0.0) AS book_imbalance,
  coalesce(imbalance_5 / books_5, 0.0) AS book_imbalance_5,
  coalesce(impact_20 / taken_20, 0.0) AS flow_return_20,
  coalesce(moved_20 / volume_20, 0.0) AS volume_weighted_return_20,
  -- The mean of ones and zeros, whose sum is exact.
  coalesce(persistence_20, 0.5) AS flow_persistence_20
FROM sums
