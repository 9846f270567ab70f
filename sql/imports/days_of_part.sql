-- purpose Tells what a part holds.
-- grain   One row per symbol, kind and UTC day of the sound rows.
-- note    `priced_from` and `priced_to` are null where no row has a price.
-- engine  DuckDB
SELECT
  symbol,
  kind,
  ts // 86400000000 AS day,
  count(*) AS rows,
  min(ts) AS first,
  max(ts) AS last,
  min(CASE WHEN price IS NOT NULL THEN ts END) AS priced_from,
  max(CASE WHEN price IS NOT NULL THEN ts END) AS priced_to,
  count(*) FILTER (side = 'buy') AS buys,
  count(*) FILTER (side = 'sell') AS sells
FROM sound_rows
GROUP BY ALL
