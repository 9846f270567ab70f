-- purpose Lists the events of symbols between which a whole minute or more has none.
-- grain   One row per pair: the event before and the event after. Times are in microseconds.
-- takes   :venue, :symbols; :from and :to, both inclusive
SELECT symbol, cast(last_before AS LONG) AS since, cast(first AS LONG) AS until
FROM (
  SELECT *, lag(last) OVER (PARTITION BY symbol ORDER BY minute) AS last_before
  FROM (
    SELECT ts AS minute, symbol, min(ts) AS first, max(ts) AS last
    FROM ticks
    WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :from AND :to
    SAMPLE BY 1m
  )
)
WHERE last_before IS NOT NULL AND datediff('m', timestamp_floor('1m', last_before), minute) > 1
ORDER BY symbol, since
