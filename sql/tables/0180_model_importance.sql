-- What the model of a run rests on, by feature and by family of features.
-- Grain: one feature of one run; `feature` null is its family as a whole, all columns shuffled alike.
-- `gain` is the share in the decisions of the model fitted on the whole window. `permutation` is the skill that the fold
-- models lose on rows they had not seen when the column is shuffled, the mean over the folds, and
-- `permutation_deviation` its sample deviation over them. Columns that tell the same hide one another singly.
CREATE TABLE IF NOT EXISTS model_importance (
  ts TIMESTAMP,
  run_id VARCHAR,
  model SYMBOL,
  timeframe SYMBOL,
  family SYMBOL,
  feature SYMBOL CAPACITY 1024,
  gain DOUBLE,
  permutation DOUBLE,
  permutation_deviation DOUBLE,
  created_at TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, run_id, family, feature)
