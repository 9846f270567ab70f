-- purpose Finds the first bar of a venue that became known since a moment.
-- grain   One row. `first_bar` is null where there is no such bar.
-- takes   {timeframe}; :venue; :since, the first bar-open time that is looked at; :known_since, the moment
SELECT min(ts) AS first_bar
FROM candles_{timeframe}
WHERE venue = :venue AND ts >= :since AND known_at >= :known_since AND complete
