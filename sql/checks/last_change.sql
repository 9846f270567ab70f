-- When the bars that features of a time rest on were last written.
-- Grain: one row; null where there are no such bars. Parameters: {timeframe}; :venue; :since and :until, first and last bar.
SELECT max(known_at) AS known_at
FROM candles_{timeframe}
WHERE venue = :venue AND ts BETWEEN :since AND :until
