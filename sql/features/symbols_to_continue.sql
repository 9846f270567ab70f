-- purpose Finds the symbols whose features of the bars from :from on can continue from the stored rows before it.
-- grain   One row per such symbol. The symbols are in order, so that the statement that fills them reads the same each
--         time.
-- takes   {timeframe}; :venue, :symbols; :set_hash, the current definition; :recall_from, the first bar of those that a
--         family recalls; :newest_from, the first of those that a family recalls for one bar alone; :stored_from, the
--         earlier of these two; :window_from, the first bar of the widest window; :from and :until, the first and the
--         last bar to fill; :recalled, how many bars lie in [:recall_from, :from); :bar_seconds
-- note    The stored rows just before :from, as many as a family recalls, must be of the current definition and made of
--         the bars that stand there now, and no bar may be missing in the widest window and up to the last bar of the
--         symbol. `newest_rows` counts such rows from :newest_from on.
WITH
bars AS (
  SELECT ts, symbol, known_at
  FROM candles_{timeframe}
  WHERE venue = :venue AND symbol IN :symbols AND ts BETWEEN :window_from AND :until AND complete
),
stored AS (
  SELECT
    b.symbol AS symbol,
    sum(CASE WHEN b.ts >= :recall_from THEN 1 ELSE 0 END) AS rows,
    sum(CASE WHEN b.ts >= :newest_from THEN 1 ELSE 0 END) AS newest_rows
  FROM (SELECT * FROM bars WHERE ts >= :stored_from AND ts < :from) b
  JOIN (
    SELECT ts, symbol, candle_known_at
    FROM features_{timeframe}
    WHERE venue = :venue AND symbol IN :symbols AND ts >= :stored_from AND ts < :from AND set_hash = :set_hash
  ) f ON f.ts = b.ts AND f.symbol = b.symbol
  WHERE f.candle_known_at = b.known_at
),
extents AS (
  SELECT symbol, min(ts) AS first_bar, max(ts) AS last_bar, count() AS bars
  FROM bars
)
SELECT e.symbol AS symbol, e.last_bar AS last_bar, s.newest_rows AS newest_rows
FROM extents e
JOIN stored s ON s.symbol = e.symbol
WHERE s.rows = :recalled
  AND e.first_bar = :window_from
  AND e.last_bar >= :from
  AND datediff('s', e.first_bar, e.last_bar) = (e.bars - 1) * :bar_seconds
ORDER BY symbol
