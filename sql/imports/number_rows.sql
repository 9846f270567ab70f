-- Gives ids to the sound rows of an archive that has none. For the DuckDB of an import.
-- An event is told by its content and, among equal ones of one time, by a counter: files that overlap, or that were cut
-- within a second, lose nothing and double nothing. The table edges has the equal ones at the edge of the part before.
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
    row_number() OVER (PARTITION BY d.symbol, d.ts, d.digest) - 1 + coalesce(t.rows, 0) AS ordinal
  FROM digested d
  LEFT JOIN edges t ON t.symbol = d.symbol AND t.ts = d.ts AND t.digest = d.digest
)
SELECT *, digest || CASE WHEN ordinal > 0 THEN '-' || ordinal ELSE '' END AS event_id
FROM counted
