-- The newest complete bar of each symbol: the one a signal is about.
-- Grain: one row per symbol. Parameters: :venue, {timeframe}.
SELECT symbol, ts, close
FROM candles_{timeframe}
WHERE venue = :venue AND complete
LATEST ON ts PARTITION BY symbol
