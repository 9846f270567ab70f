-- purpose Gives ids to the sound rows of an archive that has none.
-- grain   One row of the archive.
-- writes  part, a table
-- reads   part; edges, a table of the equal events at the edge of the part before; touching, the same of other files
-- note    An id is made of the content of an event and of a counter among equal events of one time. So files that
--         overlap, or that were cut within a second, lose nothing and double nothing. Files that end and begin at the
--         same instant are taken as cut there: equal events of that instant count on from one file to the next.
-- engine  DuckDB
CREATE OR REPLACE TEMP TABLE part AS
WITH
digested AS (
  SELECT
    *,
    left(md5(concat(kind, '|', price, '|', size, '|', side, '|', bid, '|', ask, '|', bid_size, '|', ask_size)), 16) AS digest
  FROM part
),
counted AS (
  SELECT
    d.* EXCLUDE (event_id),
    row_number() OVER (PARTITION BY d.symbol, d.ts, d.digest ORDER BY d.seq) - 1 + coalesce(t.rows, u.rows, 0) AS ordinal
  FROM digested d
  LEFT JOIN edges t ON t.symbol = d.symbol AND t.ts = d.ts AND t.digest = d.digest
  LEFT JOIN touching u ON u.symbol = d.symbol AND u.ts = d.ts AND u.digest = d.digest
)
SELECT *, digest || CASE WHEN ordinal > 0 THEN '-' || ordinal ELSE '' END AS event_id
FROM counted
