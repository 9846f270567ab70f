-- purpose Holds rows and frames that were refused, as they came, with the reason.
-- grain   One refusal.
-- note    `ts` is when it was received. `symbol` is null where it could not be told. `raw` is cut at 4,096 characters.
--         Of a source that sends the same nonsense all day, 1,000 rows a minute are kept, and all are counted.
CREATE TABLE IF NOT EXISTS rejected_ticks (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  source SYMBOL,
  reason SYMBOL,
  raw VARCHAR
) TIMESTAMP(ts) PARTITION BY DAY TTL 30 DAYS WAL
DEDUP UPSERT KEYS(ts, venue, source, reason, raw)
