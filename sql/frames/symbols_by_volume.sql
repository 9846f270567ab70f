-- The symbols of a venue, largest turnover first.
-- Grain: one row per symbol: its complete bars, their span, and the mean quote volume of a bar (close x volume where none
-- was recorded). Parameters: {timeframe}; :venue.
SELECT
  symbol,
  count() AS bars,
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  sum(coalesce(quote_volume, close * volume)) / count() AS mean_quote_volume
FROM candles_{timeframe}
WHERE venue = :venue AND complete
ORDER BY mean_quote_volume DESC
