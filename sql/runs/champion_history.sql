-- purpose Lists all decisions on the champion of one model at one horizon, the newest first.
-- grain   One row per decision.
-- takes   :venue, :timeframe, :model, :horizon
SELECT ts, run_id, action, reason
FROM champion_decisions
WHERE venue = :venue AND timeframe = :timeframe AND model = :model AND horizon = :horizon AND regime IS NULL
ORDER BY ts DESC
