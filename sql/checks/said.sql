-- purpose Reads what runs have said of one bar, to be compared with what they say of its stored features.
-- grain   One signal.
-- takes   :venue, :symbols, :timeframe; :ts, the bar
-- note    `raw` is null in rows of before it was stored.
SELECT symbol, model, horizon, run_id, vector_digest, raw
FROM signals
WHERE venue = :venue AND symbol IN :symbols AND timeframe = :timeframe AND ts = :ts AND NOT absent
ORDER BY run_id, symbol
