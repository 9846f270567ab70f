-- The bars of one unbroken run. The families read them as `bars`, `approach` and `history`, which differ in where they
-- begin, :load.
-- Grain: one complete bar.
-- Parameters: {timeframe}; :venue, :symbol; :load and :until, the first and last bar-open time.
-- `complete = false` is a hole like a missing minute: the run ends before such a bar.
SELECT
  ts,
  open,
  high,
  low,
  close,
  volume,
  known_at
FROM candles_{timeframe}
WHERE venue = :venue
  AND symbol = :symbol
  AND ts BETWEEN :load AND :until
  AND complete
