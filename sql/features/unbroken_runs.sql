-- purpose Finds the unbroken runs of complete bars.
-- grain   One row per run of one symbol, ordered by symbol and time.
-- takes   {timeframe}; :venue, :symbols; :since and :until, the first and the last bar-open time that is looked at;
--         :bar_seconds
-- note    A bar that is not complete is a hole like a missing one.
WITH steps AS (
  SELECT
    ts,
    symbol,
    CASE WHEN datediff('s', lag(ts, 1) OVER w, ts) = :bar_seconds THEN 0 ELSE 1 END AS begins
  FROM candles_{timeframe}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :since AND :until
    AND complete
  WINDOW w AS (PARTITION BY symbol ORDER BY ts)
),
numbered AS (
  SELECT
    ts,
    symbol,
    sum(begins) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
  FROM steps
)
SELECT
  symbol,
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  count() AS bars
FROM numbered
GROUP BY symbol, run
ORDER BY symbol, first_bar
