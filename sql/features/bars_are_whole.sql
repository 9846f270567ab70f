-- purpose Tells whether each symbol has each of some bars, as the statements of features need that count rows from bar
--         to bar of a symbol.
-- grain   One row if so, else none.
-- takes   {candles}; :venue, :symbols; :symbol_count, how many these are; :first and :until, the first and the last bar
--         that are read; :bar_seconds
SELECT bars
FROM (
  SELECT count() AS bars
  FROM {candles}
  WHERE venue = :venue
    AND symbol IN :symbols
    AND ts BETWEEN :first AND :until
    AND complete
)
WHERE bars = (datediff('s', :first, :until) / :bar_seconds + 1) * :symbol_count
