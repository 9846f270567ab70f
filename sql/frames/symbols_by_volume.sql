-- purpose Lists the symbols of a venue, the one with the largest turnover first.
-- grain   One row per symbol: the number of its complete bars, the time that they span, and the mean quote volume of a
--         bar.
-- takes   {timeframe}; :venue
-- note    Where no quote volume was recorded, close times volume stands in for it.
SELECT
  symbol,
  count() AS bars,
  min(ts) AS first_bar,
  max(ts) AS last_bar,
  sum(coalesce(quote_volume, close * volume)) / count() AS mean_quote_volume
FROM candles_{timeframe}
WHERE venue = :venue AND complete
ORDER BY mean_quote_volume DESC
