-- A run by its id.
-- Grain: one row, or none. Parameters: :run_id.
SELECT run_id, model, timeframe, venue, artifact
FROM model_runs
WHERE run_id = :run_id
