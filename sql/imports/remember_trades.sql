-- purpose Remembers the trades of the last instant of each symbol: the next part may begin within it.
-- grain   One trade.
-- writes  known_trades, a table
-- reads   sound_rows
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE known_trades AS
SELECT r.symbol AS symbol, regexp_replace(event_id, '~[0-9]+$', '') AS base_id, ts, price, size, side
FROM sound_rows r
JOIN (SELECT symbol, max(ts) AS last FROM sound_rows WHERE kind = 'trade' GROUP BY symbol) l ON l.symbol = r.symbol
WHERE r.kind = 'trade' AND r.ts = l.last
