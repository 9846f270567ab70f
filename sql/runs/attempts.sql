-- purpose Counts what was tried of the models of some runs on windows that overlap theirs: the more that is, the
--         likelier the best of it looks good by chance.
-- grain   One row per run.
-- takes   :run_ids
-- note    Tried were the runs of the same model, timeframe, venue and horizon, the run itself among them, whatever
--         their seeds, symbols and settings; those on shuffled labels count apart. `candidates` are those of all these
--         runs. `trials` are rows of model_trials, which tell neither the horizon nor the beginning of a window: those
--         count whose window ends within that of the run.
WITH
asked AS (
  SELECT run_id, model, timeframe, venue, horizon, shuffled, window_from, window_to
  FROM model_runs
  WHERE run_id IN :run_ids
),
tried AS (
  SELECT a.run_id AS run_id, r.run_id AS tried
  FROM asked a
  JOIN model_runs r
    ON r.model = a.model AND r.timeframe = a.timeframe AND r.venue = a.venue AND r.horizon = a.horizon
  WHERE r.shuffled = a.shuffled AND r.window_from <= a.window_to AND r.window_to >= a.window_from
),
runs AS (
  SELECT run_id, count() AS runs
  FROM tried
),
candidates AS (
  SELECT t.run_id AS run_id, count() AS candidates
  FROM tried t
  JOIN model_metrics m ON m.run_id = t.tried
  WHERE m.metric = 'p_value' AND m.fold = -1 AND m.split = 'test' AND m.symbol IS NULL AND m.regime IS NULL
),
trials AS (
  SELECT a.run_id AS run_id, count() AS trials
  FROM asked a
  JOIN model_trials t ON t.model = a.model AND t.timeframe = a.timeframe AND t.venue = a.venue
  WHERE t.ts >= a.window_from AND t.ts <= a.window_to
)
SELECT
  r.run_id AS run_id,
  r.runs AS runs,
  coalesce(c.candidates, 0) AS candidates,
  coalesce(t.trials, 0) AS trials
FROM runs r
LEFT JOIN candidates c ON c.run_id = r.run_id
LEFT JOIN trials t ON t.run_id = r.run_id
