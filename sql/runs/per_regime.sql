-- purpose Tells whether models of each regime helped in the newest run of each model and horizon: their loss beside
--         that of the pooled model of the same engine, and the p-value of the gain. Runs on shuffled labels are left
--         out.
-- grain   One row per model, horizon, engine, fold (-1 is all) and regime (null is all). A run without such models has
--         none.
-- takes   :venue, :timeframe
SELECT
  r.model AS model,
  r.horizon AS horizon,
  r.run_id AS run_id,
  m.engine AS engine,
  m.fold AS fold,
  m.regime AS regime,
  m.metric AS metric,
  m.value AS value,
  m.baseline AS pooled
FROM ranked_model_runs r
JOIN model_metrics m ON m.run_id = r.run_id
WHERE r.venue = :venue AND r.timeframe = :timeframe AND NOT r.shuffled AND r.newness = 1
  AND m.metric IN ('loss_vs_pooled', 'p_value_vs_pooled')
  AND m.split = 'test'
  AND m.symbol IS NULL
ORDER BY model, horizon, engine, fold, regime
