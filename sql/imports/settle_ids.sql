-- purpose Tells trades with the same id apart by their content, among themselves and from those that are known.
-- grain   One row of the archive.
-- writes  part, a table
-- reads   part; known_trades, a table
-- takes   :numbered, whether the archive has ids: one that is made of the content comes again with the content
-- note    The rule is that of ingest/normalise/identity.ts: the same id with the same content is a duplicate and not
--         taken again; the same id with other content is another trade, which has a number behind its id where its time
--         is the same too.
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE part AS
WITH
marked AS (
  SELECT
    p.* EXCLUDE (fate),
    reason IS NULL AND kind = 'trade' AS told,
    row_number() OVER (PARTITION BY reason IS NULL, kind, symbol, event_id, ts, price, size ORDER BY seq) > 1
    OR EXISTS (
      SELECT 1
      FROM known_trades k
      WHERE k.symbol = p.symbol
        AND k.base_id = p.event_id
        AND is_same_number(k.price, p.price)
        AND is_same_number(k.size, p.size)
        AND (k.side IS NULL OR p.side IS NULL OR k.side = p.side)
        AND is_same_time(k.ts, p.ts)
    ) AS known
  FROM part p
),
counted AS (
  SELECT
    m.*,
    row_number() OVER (PARTITION BY told AND NOT known, symbol, event_id, ts ORDER BY seq) - 1
    + (SELECT count(*) FROM known_trades k WHERE k.symbol = m.symbol AND k.base_id = m.event_id AND k.ts = m.ts) AS clashing,
    row_number() OVER (PARTITION BY told AND NOT known, symbol, event_id ORDER BY seq) - 1
    + (SELECT count(*) FROM known_trades k WHERE k.symbol = m.symbol AND k.base_id = m.event_id) AS earlier
  FROM marked m
)
SELECT
  * EXCLUDE (told, known, clashing, earlier)
  REPLACE (event_id || CASE WHEN told AND NOT known AND clashing > 0 THEN '~' || clashing ELSE '' END AS event_id),
  CASE WHEN told AND known THEN 'duplicate' WHEN told AND :numbered AND earlier > 0 THEN 'reused' ELSE 'new' END AS fate
FROM counted
