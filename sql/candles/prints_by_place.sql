-- purpose Makes of the trades of each minute what a bar says of them, as prints.sql does, in one pass instead of a join
--         and a sort.
-- grain   One row per symbol and minute that has a trade.
-- takes   :venue; :from (inclusive) and :to (exclusive), whole minutes; {order}, what decides among trades of one time:
--         number, seq or lag; :least, its least value
-- note    For spells whose trades all have a place in that order, see places.sql. 2^37 places and the 60 million
--         microseconds of a minute fit into a LONG: a trade's time, then its place, are one key.
-- note    A `lag` is the arrival less the minute: of live trades it is small, while their arrivals span the whole
--         spell.
SELECT
  ts AS minute,
  symbol,
  arg_min(price, (ts::long % 60000000) * 137438953472 + ({order} - :least)) AS open,
  max(price) AS high,
  min(price) AS low,
  arg_max(price, (ts::long % 60000000) * 137438953472 + ({order} - :least)) AS close,
  sum(size) AS volume,
  sum(price * size) AS quote_volume,
  sum(CASE WHEN side = 'buy' THEN size WHEN side = 'sell' THEN 0.0 END) AS buy_volume,
  sum(CASE WHEN side IN ('buy', 'sell') THEN size END) AS sided_volume,
  count() AS trades,
  count(side) AS sided_trades
FROM (
  SELECT
    ts,
    symbol,
    price,
    size,
    side,
    cast(CASE WHEN event_id LIKE 'a%' THEN substring(event_id, 2, 19) ELSE event_id END AS LONG) AS number,
    seq,
    seq - (ts::long - ts::long % 60000000) AS lag
  FROM ticks
  WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'trade'
)
SAMPLE BY 1m
