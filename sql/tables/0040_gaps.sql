-- purpose Holds the ledger of what was not seen. Its rows are never changed.
-- grain   One event of one gap. The state of a gap is its latest row: LATEST ON ts PARTITION BY gap_id.
-- note    `ts` is when the event happened on the clock of the market. The gap itself reaches from `since` to `until`,
--         which is null while it is open. `event` is opened, bounded (the feed is back and `until` is known) or healed.
--         `level` is trades or candles.
CREATE TABLE IF NOT EXISTS gaps (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  gap_id VARCHAR,
  event SYMBOL,
  level SYMBOL,
  since TIMESTAMP,
  until TIMESTAMP,
  cause SYMBOL,
  how VARCHAR
) TIMESTAMP(ts) PARTITION BY MONTH WAL
DEDUP UPSERT KEYS(ts, gap_id, event)
