-- purpose Measures how old the newest data of each symbol of a venue is.
-- grain   One row per symbol.
-- writes  freshness
-- takes   :venue; :now, the clock of the market; :since, how far back to look for ticks; :stale_seconds; :measured_at
-- note    A symbol that has candles but no ticks since :since (an imported one) is judged by its candles.
INSERT INTO freshness (
  ts, venue, symbol, newest_tick, newest_candle, tick_age_seconds, candle_age_seconds, lag_ms, stale, measured_at
)
SELECT * FROM (
  WITH
  newest_candles AS (
    SELECT symbol, ts
    FROM candles_1m
    WHERE venue = :venue AND complete
    LATEST ON ts PARTITION BY symbol
  ),
  recent_ticks AS (
    SELECT symbol, ts
    FROM ticks
    WHERE venue = :venue AND ts >= :since
    LATEST ON ts PARTITION BY symbol
  ),
  delays AS (
    SELECT symbol, avg(datediff('u', ts, received_at)) / 1000.0 AS lag_ms
    FROM ticks
    WHERE venue = :venue AND ts > dateadd('m', -1, :now)
  ),
  named AS (
    SELECT symbol FROM newest_candles
    UNION
    SELECT symbol FROM recent_ticks
  ),
  aged AS (
    SELECT
      n.symbol AS symbol,
      t.ts AS newest_tick,
      c.ts AS newest_candle,
      CASE WHEN t.ts IS NULL THEN NULL ELSE datediff('u', t.ts, :now) / 1000000.0 END AS tick_age_seconds,
      CASE WHEN c.ts IS NULL THEN NULL ELSE datediff('u', dateadd('m', 1, c.ts), :now) / 1000000.0 END AS candle_age_seconds,
      d.lag_ms AS lag_ms
    FROM named n
    LEFT JOIN newest_candles c ON c.symbol = n.symbol
    LEFT JOIN recent_ticks t ON t.symbol = n.symbol
    LEFT JOIN delays d ON d.symbol = n.symbol
  )
  SELECT
    :now,
    :venue,
    symbol,
    newest_tick,
    newest_candle,
    tick_age_seconds,
    candle_age_seconds,
    lag_ms,
    coalesce(tick_age_seconds, candle_age_seconds) > :stale_seconds,
    :measured_at
  FROM aged
)
