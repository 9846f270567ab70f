-- purpose Tells what the baseline of momentum reads of one bar: the last return, and the band of neutral changes. Both
--         are known when the bar has closed, and are what the labels hold of it (labels/labels.sql).
-- grain   One row per symbol that has the bar.
-- takes   {timeframe}; :venue, :symbols; :horizon h, in bars; :load, the bar 239 + 2h before; :from, the bar 239
--         before; :until, the bar itself
WITH bars AS (
  SELECT
    ts,
    symbol,
    close,
    lag(close, :horizon) OVER (PARTITION BY symbol ORDER BY ts) AS close_h,
    lag(close, 2 * :horizon) OVER (PARTITION BY symbol ORDER BY ts) AS close_2h
  FROM candles_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :load AND :until AND complete
),
changes AS (
  SELECT ts, symbol, ln(close / close_h) AS last_return, ln(close / close_h) - ln(close_h / close_2h) AS change
  FROM bars
),
sums AS (
  SELECT
    symbol,
    last(ts) AS ts,
    last(last_return) AS last_return,
    avg(change) AS mean,
    avg(change * change) AS square
  FROM changes
  WHERE ts >= :from
)
SELECT symbol, last_return, 0.25 * sqrt(greatest(0.0, square - mean * mean) * 240 / 239) AS momentum_band
FROM sums
WHERE ts = :until
