-- purpose Lists the newest answers, the newest bar first.
-- grain   One answer. Times are in microseconds.
-- takes   :venue, :timeframes, :models, :symbols; :any_model and :any_symbol, true where the list is not to be looked
--         at; :since, the first bar; :created_after, only answers that were given later; :most, how many at most
SELECT
  cast(ts AS LONG) AS ts,
  symbol,
  timeframe,
  model,
  horizon,
  run_id,
  shown,
  probability,
  close,
  age_seconds,
  late_seconds,
  gated,
  absent,
  coalesce(bars, 1) AS bars,
  codes,
  reason,
  raw,
  baseline,
  cast(created_at AS LONG) AS created_at
FROM signals
WHERE venue = :venue AND timeframe IN :timeframes AND (:any_model OR model IN :models)
  AND (:any_symbol OR symbol IN :symbols) AND ts >= :since AND created_at > :created_after
ORDER BY ts DESC, timeframe, symbol, model, horizon
LIMIT :most
