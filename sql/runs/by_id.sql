-- purpose Finds a run by its id.
-- grain   One row, or none.
-- takes   :run_id
SELECT run_id, model, timeframe, horizon, venue, artifact
FROM model_runs
WHERE run_id = :run_id
