-- purpose Holds what the ids of the trades of a symbol are known to say.
-- grain   One finding about one symbol of one venue. The newest one counts: LATEST ON ts PARTITION BY venue, symbol.
-- note    `ids` is one of: count, each id is the one before plus 1, so that a jump means that trades are missing and no
--         jump proves that none is; order, ids grow with time but not by 1; none, ids say nothing about order, which is
--         that of arrival. `source` is venue where its documentation says so, and learned where its trades do.
--         `whole` of `steps` from a trade to the next were by exactly 1.
CREATE TABLE IF NOT EXISTS trade_ids (
  ts TIMESTAMP,
  venue SYMBOL,
  symbol SYMBOL CAPACITY 1024,
  ids SYMBOL,
  source SYMBOL,
  whole LONG,
  steps LONG
) TIMESTAMP(ts) PARTITION BY YEAR WAL
DEDUP UPSERT KEYS(ts, venue, symbol)
