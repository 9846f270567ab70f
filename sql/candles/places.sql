-- purpose Tells whether the trades of a spell all have a place in an order, and how far apart these are.
-- grain   One row.
-- takes   :venue; :from (inclusive) and :to (exclusive); {order}, what decides among trades of one time: number, seq or
--         lag
-- note    `aggregated` counts the ids of sums of trades, whose numbers are others than those of trades. Numbers beyond
--         2^53 are null here.
SELECT
  count() AS trades,
  count(place) AS placed,
  min(place) AS least,
  max(place) AS most,
  sum(aggregated) AS aggregated
FROM (
  SELECT
    CASE WHEN {order} BETWEEN -9007199254740991 AND 9007199254740991 THEN {order} END AS place,
    aggregated
  FROM (
    SELECT
      cast(CASE WHEN event_id LIKE 'a%' THEN substring(event_id, 2, 19) ELSE event_id END AS LONG) AS number,
      seq,
      seq - (ts::long - ts::long % 60000000) AS lag,
      CASE WHEN event_id LIKE 'a%' THEN 1 ELSE 0 END AS aggregated
    FROM ticks
    WHERE venue = :venue AND ts >= :from AND ts < :to AND kind = 'trade'
  )
)
