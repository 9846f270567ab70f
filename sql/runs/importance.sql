-- purpose Tells what the newest run of each model and horizon rests on. Runs on shuffled labels are left out.
-- grain   One row per run and feature, and one per run and family, in which `feature` is null. A run from before these
--         were measured has one row of nulls.
-- takes   :venue, :timeframe
SELECT
  r.model AS model,
  r.horizon AS horizon,
  r.run_id AS run_id,
  i.family AS family,
  i.feature AS feature,
  i.gain AS gain,
  i.permutation AS permutation,
  i.permutation_deviation AS permutation_deviation
FROM ranked_model_runs r
LEFT JOIN model_importance i ON i.run_id = r.run_id
WHERE r.venue = :venue AND r.timeframe = :timeframe AND NOT r.shuffled AND r.newness = 1
ORDER BY model, horizon, permutation DESC, feature
