-- purpose Reads the sound candles of a part in the order of time. Of one that is in it twice, the later line counts.
-- grain   One bar of one symbol.
-- engine  DuckDB
WITH numbered AS (SELECT *, row_number() OVER () AS place FROM candles WHERE reason IS NULL)
SELECT
  ts,
  symbol,
  open,
  high,
  low,
  close,
  volume,
  quote_volume AS "quoteVolume",
  taker_buy_volume AS "buyVolume",
  count AS trades
FROM numbered
QUALIFY row_number() OVER (PARTITION BY symbol, ts ORDER BY place DESC) = 1
ORDER BY ts
