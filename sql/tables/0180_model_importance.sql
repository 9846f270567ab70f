-- purpose Holds what the model of a run rests on, by feature and by family of features.
-- grain   One feature of one run. A row whose `feature` is null is of the family as a whole, with all its columns
--         shuffled alike.
-- note    `gain` is the share in the decisions of the model fitted on the whole window. `permutation` is the skill that
--         the fold models lose on rows they had not seen when the column is shuffled, as the mean over the folds, and
--         `permutation_deviation` is its sample deviation over them. Columns that tell the same hide one another when
--         each is shuffled alone.
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
