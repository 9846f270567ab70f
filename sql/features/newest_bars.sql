-- purpose Reads the bars of which the newest one is made, for families that have a statement of its own for one bar.
-- grain   One complete bar of one symbol. `back` counts the bars from it to the newest one, which has 0.
-- takes   {candles}; :venue, :symbols; :load and :from, the first and the newest bar; :bar_seconds
SELECT
  ts,
  symbol,
  high,
  low,
  close,
  volume,
  datediff('s', ts, :from) / :bar_seconds AS back
FROM {candles}
WHERE venue = :venue
  AND symbol IN :symbols
  AND ts BETWEEN :load AND :from
  AND complete
