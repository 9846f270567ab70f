-- All decisions on the champion of one model, newest first.
-- Grain: one row per decision. Parameters: :venue, :timeframe, :model.
SELECT ts, run_id, action, reason
FROM model_promotions
WHERE venue = :venue AND timeframe = :timeframe AND model = :model AND regime IS NULL
ORDER BY ts DESC
