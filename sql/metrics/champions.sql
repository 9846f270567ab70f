-- purpose Shows the champion of each model at each horizon and its age, beside the newest run of the two.
-- grain   One row per model and horizon that has a run, with or without a champion, and one per model without any run,
--         whatever time the dashboard shows.
-- takes   $venue, $timeframe
-- note    `age_days` counts from the promotion, `data_age_days` from the end of the window that the champion was
--         trained on.
WITH
models AS (
  SELECT 'direction_predictor' AS model
  UNION ALL
  SELECT 'price_predictor'
  UNION ALL
  SELECT 'momentum_classifier'
  UNION ALL
  SELECT 'volatility_regressor'
  UNION ALL
  SELECT 'risk_scorer'
),
champions AS (
  SELECT model, horizon, run_id, ts
  FROM champion_decisions
  WHERE venue = '$venue' AND timeframe = '$timeframe' AND regime IS NULL
  LATEST ON ts PARTITION BY model, horizon
),
runs AS (
  SELECT model, horizon, run_id, engine, window_to, created_at, newness
  FROM ranked_model_runs
  WHERE venue = '$venue' AND timeframe = '$timeframe' AND regime IS NULL AND NOT shuffled
),
skills AS (
  SELECT run_id, engine, value AS skill
  FROM model_metrics
  WHERE
    timeframe = '$timeframe'
    AND metric = 'skill'
    AND fold = -1
    AND split = 'test'
    AND symbol IS NULL
    AND regime IS NULL
)
SELECT
  m.model AS model,
  h.horizon AS horizon,
  coalesce(c.run_id, 'no champion') AS champion,
  datediff('s', c.ts, now()) / 86400.0 AS age_days,
  datediff('s', t.window_to, now()) / 86400.0 AS data_age_days,
  s.skill AS skill,
  c.ts AS promoted_at,
  n.run_id AS newest_run,
  ns.skill AS newest_skill,
  n.created_at AS newest_created_at
FROM models m
LEFT JOIN (SELECT DISTINCT model, horizon FROM runs) h ON h.model = m.model
LEFT JOIN champions c ON c.model = m.model AND c.horizon = h.horizon
LEFT JOIN runs t ON t.run_id = c.run_id
LEFT JOIN skills s ON s.run_id = t.run_id AND s.engine = t.engine
LEFT JOIN (SELECT * FROM runs WHERE newness = 1) n ON n.model = m.model AND n.horizon = h.horizon
LEFT JOIN skills ns ON ns.run_id = n.run_id AND ns.engine = n.engine
ORDER BY model, horizon
