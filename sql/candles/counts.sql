-- purpose Counts the bars of a venue by timeframe.
-- grain   One row per timeframe.
-- takes   :venue
SELECT '1m' AS timeframe, count() AS bars FROM candles_1m WHERE venue = :venue
UNION ALL
SELECT '5m', count() FROM candles_5m WHERE venue = :venue
UNION ALL
SELECT '15m', count() FROM candles_15m WHERE venue = :venue
UNION ALL
SELECT '1h', count() FROM candles_1h WHERE venue = :venue
UNION ALL
SELECT '4h', count() FROM candles_4h WHERE venue = :venue
UNION ALL
SELECT '1d', count() FROM candles_1d WHERE venue = :venue
