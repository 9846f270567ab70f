-- What `check quality` has counted of stored features.
-- Grain: one check, one feature of one symbol and timeframe of one venue; `ts` is when the check began.
-- `nulls`, `infinite` and `outside` (of the range that the feature's header states) are numbers of values among `rows`.
-- `duplicates` are rows of the symbol and timeframe that stand there again, the same for each feature. `constant`: all
-- values are one. `first_bar` and `last_bar` are the bars that were looked at.
CREATE TABLE IF NOT EXISTS feature_stats (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  timeframe SYMBOL,
  feature SYMBOL CAPACITY 1024,
  family SYMBOL,
  scale SYMBOL,
  rows LONG,
  nulls LONG,
  infinite LONG,
  outside LONG,
  duplicates LONG,
  constant BOOLEAN,
  mean DOUBLE,
  deviation DOUBLE,
  min DOUBLE,
  max DOUBLE,
  first_bar TIMESTAMP,
  last_bar TIMESTAMP
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, venue, symbol, timeframe, feature)
