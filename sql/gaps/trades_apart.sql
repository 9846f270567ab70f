-- purpose Lists the trades of a symbol between whose ids others are missing.
-- grain   One row per jump: the trade before it and the trade after it. Times are in microseconds.
-- takes   :venue, :symbol; :from and :to, both inclusive
SELECT
  cast(ts_before AS LONG) AS since,
  number_before,
  cast(ts AS LONG) AS until,
  number
FROM (
  SELECT
    ts,
    number,
    lag(ts) OVER (ORDER BY number) AS ts_before,
    lag(number) OVER (ORDER BY number) AS number_before
  FROM (
    SELECT ts, cast(CASE WHEN event_id LIKE 'a%' THEN substring(event_id, 2, 19) ELSE event_id END AS LONG) AS number
    FROM ticks
    WHERE venue = :venue AND symbol = :symbol AND ts BETWEEN :from AND :to AND kind = 'trade'
  )
  WHERE number IS NOT NULL
)
WHERE number > number_before + 1
ORDER BY number
