-- purpose Lists the signals of a timeframe beside the feature row and the bar that they were made of.
-- grain   One row per signal. `ts` is in microseconds. `computed_at` is null where the feature row is gone.
-- takes   {timeframe} and :timeframe, which are the same; :venue, :symbols; :from (inclusive) and :to (exclusive), the
--         bars that the signals are about
SELECT
  cast(s.ts AS LONG) AS ts,
  s.symbol AS symbol,
  s.model AS model,
  s.run_id AS run_id,
  s.vector_digest AS vector_digest,
  s.created_at AS created_at,
  f.computed_at AS computed_at,
  f.candle_known_at AS candle_known_at,
  c.known_at AS known_at
FROM (
  SELECT *
  FROM signals
  WHERE venue = :venue AND symbol IN :symbols AND timeframe = :timeframe AND ts >= :from AND ts < :to
    AND NOT absent
) s
LEFT JOIN (
  SELECT ts, symbol, computed_at, candle_known_at
  FROM features_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
) f ON f.ts = s.ts AND f.symbol = s.symbol
LEFT JOIN (
  SELECT ts, symbol, known_at
  FROM candles_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
) c ON c.ts = s.ts AND c.symbol = s.symbol
ORDER BY ts, symbol, model
