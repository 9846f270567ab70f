-- purpose Holds the fits of models: what each was trained on and where it lies. Its metrics are rows of model_metrics.
-- grain   One run. `ts` is the end of its window, so the same work done twice is the same row.
CREATE TABLE IF NOT EXISTS model_runs (
  ts TIMESTAMP,
  run_id VARCHAR,
  model SYMBOL,
  timeframe SYMBOL,
  horizon INT,
  regime SYMBOL,
  venue SYMBOL,
  simulated BOOLEAN,
  shuffled BOOLEAN,
  engine SYMBOL,
  parameters VARCHAR,
  set_hash SYMBOL,
  inputs INT,
  frame_digest VARCHAR,
  artifact_digest VARCHAR,
  window_from TIMESTAMP,
  window_to TIMESTAMP,
  bars INT,
  rows LONG,
  symbols VARCHAR,
  excluded_share DOUBLE,
  excluded_why VARCHAR,
  constant BOOLEAN,
  code_version VARCHAR,
  seconds DOUBLE,
  artifact VARCHAR,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, run_id)
