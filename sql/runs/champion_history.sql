-- purpose Lists all decisions on the champion of one model, the newest first.
-- grain   One row per decision.
-- takes   :venue, :timeframe, :model
SELECT ts, run_id, action, reason
FROM model_promotions
WHERE venue = :venue AND timeframe = :timeframe AND model = :model AND regime IS NULL
ORDER BY ts DESC
