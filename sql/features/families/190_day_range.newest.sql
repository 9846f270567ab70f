-- purpose How far a symbol, the venue and BTC-USDT have moved over a day of one-minute bars, at the newest bar alone.
--         Where no block of 60 bars closes with it, it says what the bar before it says.
-- grain   One symbol.
-- reads   bars, window 0; stored rows 1
-- takes   :venue, :symbols; {candles}, {timeframe}; :from, the newest bar; :last, the one before it; :bar_seconds
-- trap    The blocks are read only where one closes with the newest bar: else their interval begins in the future, by
--         so many times what is left of the block, and is empty (see 170_timeframes.newest.sql).
WITH days AS (
  SELECT
    symbol,
    ln(greatest(1e-5, sqrt(sum(ln(high / low) * ln(high / low)) / count() / (4 * ln(2.0))))) AS p
  FROM {candles}
  WHERE venue = :venue
    AND ts <= :from
    AND ts >= (
      dateadd('s', -1439 * :bar_seconds, :from)::long
        + ((:from)::long + :bar_seconds * 1000000L) % (:bar_seconds * 60000000L) * 10000
    )::timestamp
    AND complete
),
markets AS (
  SELECT avg(p) AS market, max(CASE WHEN symbol = 'BTC-USDT' THEN p END) AS btc
  FROM days
),
before AS (
  SELECT *, ((:from)::long + :bar_seconds * 1000000L) % (:bar_seconds * 60000000L) = 0 AS closes
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts = :last
)
SELECT
  :from AS ts,
  b.symbol AS symbol,
  CASE WHEN b.closes THEN d.p ELSE b.log_parkinson_1440 END AS log_parkinson_1440,
  CASE WHEN b.closes THEN m.market ELSE b.market_parkinson_1440 END AS market_parkinson_1440,
  CASE WHEN b.closes THEN coalesce(m.btc, m.market) ELSE b.btc_parkinson_1440 END AS btc_parkinson_1440
FROM before b
LEFT JOIN days d ON d.symbol = b.symbol
CROSS JOIN markets m
