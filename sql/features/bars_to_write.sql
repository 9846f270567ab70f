-- purpose Reads the bars for which a row is written.
-- grain   One complete bar of one symbol.
-- takes   {candles}; :venue, :symbols; :from and :until, the first and the last bar
SELECT
  ts,
  symbol,
  close,
  known_at
FROM {candles}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :from AND :until
  AND complete
