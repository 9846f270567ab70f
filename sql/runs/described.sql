-- purpose Describes some runs: how they were fitted, and on what.
-- grain   One row per run.
-- takes   :run_ids
SELECT
  run_id,
  engine,
  parameters,
  set_hash,
  inputs,
  frame_digest,
  artifact_digest,
  excluded_why,
  code_version,
  seconds
FROM model_runs
WHERE run_id IN :run_ids
