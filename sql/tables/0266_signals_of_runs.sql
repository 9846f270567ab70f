-- purpose Makes the run a part of the key of signals: what one run has said is not overwritten by another run.
-- grain   One answer of one run.
ALTER TABLE signals DEDUP ENABLE UPSERT KEYS(ts, venue, symbol, timeframe, model, horizon, run_id)
