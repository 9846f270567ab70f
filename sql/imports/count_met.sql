-- purpose Counts the trades of a part whose id a known trade has.
-- grain   One row.
-- reads   sound_rows; known_trades, a table
-- engine  DuckDB
SELECT count(*) AS met
FROM sound_rows r
SEMI JOIN known_trades k ON k.symbol = r.symbol AND k.base_id = r.event_id
WHERE r.kind = 'trade'
