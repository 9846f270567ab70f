-- purpose Reads the bars that a family file reads when it continues from stored rows.
-- grain   One complete bar of one symbol. `past` is true for those before :from, whose rows are stored.
-- takes   {candles}, {timeframe}; {stored}, the columns that the file continues from: `seed_<column>`, which is null
--         except at :last, and `stored_<column>`; :venue, :symbols; :load and :until, the first and the last bar;
--         :from, the first bar to write; :last, the bar before that
SELECT
  b.ts AS ts,
  b.symbol AS symbol,
  open,
  high,
  low,
  b.close AS close,
  volume,
  quote_volume,
  buy_volume,
  CASE WHEN buy_volume IS NOT NULL THEN coalesce(sided_volume, volume) END AS sided_volume,
  trades,
  spread,
  imbalance,
  b.ts < :from AS past,
  {stored}
FROM (
  SELECT *
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :load AND :until
    AND complete
) b
LEFT JOIN (
  SELECT *
  FROM features_{timeframe}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :load AND :last
) s ON s.ts = b.ts AND s.symbol = b.symbol
