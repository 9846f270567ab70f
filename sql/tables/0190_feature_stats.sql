-- purpose Holds what `check quality` has counted of stored features.
-- grain   One check of one feature of one symbol and timeframe of one venue. `ts` is when the check began.
-- note    `nulls`, `infinite` and `outside` (of the range that the header of the feature states) are numbers of values
--         among `rows`. `duplicates` are rows of the symbol and timeframe that are stored again, the same number for
--         each feature. `constant` is true when all values are the same. `first_bar` and `last_bar` bound the bars that
--         were looked at.
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
