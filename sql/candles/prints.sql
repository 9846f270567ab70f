-- purpose Makes of the trades of each minute what a bar says of them.
-- grain   One row per symbol and minute that has a trade.
-- takes   :venue; :from (inclusive) and :to (exclusive), whole minutes
-- trap    Only the trades of the first and the last moment of a minute are sorted, because sorting all of them takes
--         most of the time.
-- note    Trades of one time count in the order of their ids where these tell it (see trade_ids), else in the order of
--         arrival. Rows from before there was `seq` count by their ids, where a shorter id is a smaller one.
-- note    `buy_volume`, `sided_volume` and `sided_trades` are of the trades whose taker side is known.
WITH
traded AS (
  SELECT
    ts AS minute,
    symbol,
    min(ts) AS first_at,
    max(ts) AS last_at,
    max(price) AS high,
    min(price) AS low,
    sum(size) AS volume,
    sum(price * size) AS quote_volume,
    sum(CASE WHEN side = 'buy' THEN size WHEN side = 'sell' THEN 0.0 END) AS buy_volume,
    sum(CASE WHEN side IN ('buy', 'sell') THEN size END) AS sided_volume,
    count() AS trades,
    count(side) AS sided_trades
  FROM ticks
  WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'trade'
  SAMPLE BY 1m
),
numbered AS (
  SELECT symbol, ids
  FROM trade_ids
  WHERE venue = :venue
  LATEST ON ts PARTITION BY symbol
),
edges AS (
  SELECT
    m.*,
    c.ts AS ts,
    CASE
      WHEN i.ids IN ('count', 'order') THEN cast(CASE WHEN c.event_id LIKE 'a%' THEN substring(c.event_id, 2, 19) ELSE c.event_id END AS LONG)
    END AS number,
    c.seq AS seq,
    c.event_id AS event_id,
    c.price AS price
  FROM (
    SELECT timestamp_floor('1m', ts) AS minute, symbol, ts, seq, event_id, price
    FROM ticks
    WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'trade'
  ) c
  JOIN traded m ON m.symbol = c.symbol AND m.minute = c.minute
  LEFT JOIN numbered i ON i.symbol = c.symbol
  WHERE c.ts = m.first_at OR c.ts = m.last_at
  ORDER BY ts, number, seq, length(event_id), event_id
)
SELECT
  minute,
  symbol,
  first(price) AS open,
  first(high) AS high,
  first(low) AS low,
  last(price) AS close,
  first(volume) AS volume,
  first(quote_volume) AS quote_volume,
  first(buy_volume) AS buy_volume,
  first(sided_volume) AS sided_volume,
  first(trades) AS trades,
  first(sided_trades) AS sided_trades
FROM edges
GROUP BY minute, symbol
