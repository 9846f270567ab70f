-- purpose Reads the newest run of each model and horizon beside its pooled out-of-fold figures.
-- grain   One row per model, horizon and pooled metric of the winning engine of the run.
-- takes   :venue, :timeframe; :shuffled, whether runs on shuffled labels are meant
SELECT
  r.model AS model,
  r.run_id AS run_id,
  r.engine AS engine,
  r.simulated AS simulated,
  r.constant AS constant,
  r.excluded_share AS excluded_share,
  r.symbols AS symbols,
  r.window_from AS window_from,
  r.window_to AS window_to,
  r.bars AS bars,
  r.rows AS rows,
  r.horizon AS horizon,
  r.artifact AS artifact,
  r.created_at AS created_at,
  m.metric AS metric,
  m.value AS value,
  m.baseline AS baseline
FROM ranked_model_runs r
JOIN model_metrics m ON m.run_id = r.run_id AND m.engine = r.engine
WHERE r.venue = :venue AND r.timeframe = :timeframe AND r.shuffled = :shuffled AND r.newness = 1
  AND m.fold = -1 AND m.split = 'test' AND m.symbol IS NULL AND m.regime IS NULL
ORDER BY model, horizon, metric
