-- purpose Reads the bars that a family file reads, unless it continues from stored rows (see continued_bars.sql).
-- grain   One complete bar of one symbol.
-- takes   {candles}; {stored}, the column `past` and the columns that the file continues from, which are null here;
--         :venue, :symbols; :load and :until, the first and the last bar
-- note    Bars of before, and those that came as bars, have no `sided_volume`: theirs is all of the volume.
-- note    A bar whose `complete` is false is a hole like a missing minute: no run goes on over it.
SELECT
  ts,
  symbol,
  open,
  high,
  low,
  close,
  volume,
  quote_volume,
  buy_volume,
  CASE WHEN buy_volume IS NOT NULL THEN coalesce(sided_volume, volume) END AS sided_volume,
  trades,
  spread,
  imbalance,
  {stored}
FROM {candles}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :load AND :until
  AND complete
