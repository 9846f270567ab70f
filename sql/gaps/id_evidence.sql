-- purpose Tells how the ids of the trades of a symbol go on: by 1, upwards, or anyhow.
-- grain   One row per symbol that has a trade.
-- takes   :venue, :symbols; :from and :to, both inclusive
-- note    `steps` are those from a trade to the next within a minute, and those from a minute to the next that has a
--         trade; `whole` are those of them by exactly 1, where a minute counts as a whole. Of the `seams` from a minute
--         to the next, `ascending` go to higher ids. `numbered` trades have an id that is a number.
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
SELECT
  symbol,
  sum(trades) AS trades,
  sum(numbers) AS numbered,
  sum(numbers) - 1 AS steps,
  sum(CASE WHEN most - least + 1 = numbers THEN numbers - 1 ELSE 0 END)
  + sum(CASE WHEN least = most_before + 1 THEN 1 ELSE 0 END) AS whole,
  count(most_before) AS seams,
  sum(CASE WHEN least > most_before THEN 1 ELSE 0 END) AS ascending
FROM seams
