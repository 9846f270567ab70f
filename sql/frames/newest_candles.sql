-- purpose Reads the newest complete bar of each symbol, which is the one that a signal is about.
-- grain   One row per symbol.
-- takes   {timeframe}; :venue
SELECT symbol, ts, close
FROM candles_{timeframe}
WHERE venue = :venue AND complete
LATEST ON ts PARTITION BY symbol
