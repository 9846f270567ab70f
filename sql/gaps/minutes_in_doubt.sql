-- purpose Finds minutes whose ids do not go on by 1, of a symbol whose ids count.
-- grain   One row per minute in doubt. `since` is the last trade of the minute before that has one, `until` the last
--         trade of the minute; both are in microseconds.
-- takes   :venue, :symbols; :from and :to, both inclusive
-- note    Trades may cross the end of a minute in another order than that of their ids. So a minute in doubt is looked
--         at trade by trade (see trades_apart.sql).
WITH
minutes AS (
  SELECT
    ts AS minute,
    symbol,
    min(number) AS least,
    max(number) AS most,
    count(number) AS numbers,
    count() AS trades,
    min(ts) AS first,
    max(ts) AS last
  FROM (
    SELECT ts, symbol, cast(CASE WHEN event_id LIKE 'a%' THEN substring(event_id, 2, 19) ELSE event_id END AS LONG) AS number
    FROM ticks
    WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to AND kind = 'trade'
  )
  SAMPLE BY 1m
),
seams AS (
  SELECT
    *,
    lag(most) OVER (PARTITION BY symbol ORDER BY minute) AS most_before,
    lag(last) OVER (PARTITION BY symbol ORDER BY minute) AS last_before
  FROM minutes
)
SELECT symbol, cast(coalesce(last_before, first) AS LONG) AS since, cast(last AS LONG) AS until
FROM seams
WHERE most - least + 1 <> numbers OR most_before IS NOT NULL AND least <> most_before + 1
ORDER BY symbol, since
