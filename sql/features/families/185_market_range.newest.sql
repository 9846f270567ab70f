-- purpose How far the bars of the whole venue and of BTC-USDT reach, in logs, at the newest bar alone.
-- grain   One symbol.
-- reads   bars, window 0; stored rows 1
-- takes   :venue; {candles}; :from, the newest bar; :bar_seconds
-- trap    The bars of the other symbols may have holes: a window that would go over one is none.
WITH squares AS (
  SELECT
    symbol,
    ln(high / low) * ln(high / low) AS reach,
    datediff('s', ts, :from) / :bar_seconds AS back
  FROM {candles}
  WHERE venue = :venue
    AND ts <= :from
    AND ts >= dateadd('s', -239 * :bar_seconds, :from)
    AND complete
),
sums AS (
  SELECT
    symbol,
    max(CASE WHEN back = 0 THEN reach END) AS range_1,
    sum(CASE WHEN back < 5 THEN reach END) AS range_5,
    sum(CASE WHEN back < 20 THEN reach END) AS range_20,
    sum(CASE WHEN back < 60 THEN reach END) AS range_60,
    sum(CASE WHEN back < 240 THEN reach END) AS range_240,
    sum(CASE WHEN back < 5 THEN 1 ELSE 0 END) AS bars_5,
    sum(CASE WHEN back < 20 THEN 1 ELSE 0 END) AS bars_20,
    sum(CASE WHEN back < 60 THEN 1 ELSE 0 END) AS bars_60,
    sum(CASE WHEN back < 240 THEN 1 ELSE 0 END) AS bars_240
  FROM squares
),
logs AS (
  SELECT
    symbol,
    ln(greatest(1e-5, sqrt(range_1 / (4 * ln(2.0))))) AS p_1,
    CASE WHEN bars_5 = 5 THEN ln(greatest(1e-5, sqrt(range_5 / 5 / (4 * ln(2.0))))) END AS p_5,
    CASE WHEN bars_20 = 20 THEN ln(greatest(1e-5, sqrt(range_20 / 20 / (4 * ln(2.0))))) END AS p_20,
    CASE WHEN bars_60 = 60 THEN ln(greatest(1e-5, sqrt(range_60 / 60 / (4 * ln(2.0))))) END AS p_60,
    CASE WHEN bars_240 = 240 THEN ln(greatest(1e-5, sqrt(range_240 / 240 / (4 * ln(2.0))))) END AS p_240
  FROM sums
),
markets AS (
  SELECT
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
  :from AS ts,
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
CROSS JOIN markets m
