-- purpose Reads all stored features of a window of time, whosever they are.
-- grain   One bar of one symbol.
-- takes   {timeframe}; {columns}, the features; :since and :until, the first and the last bar
-- trap    Without a filter QuestDB sends the columns as they lie there. A filter on venue or symbol has it copy each
--         row first.
SELECT
  ts,
  symbol,
  close,
  {columns}
FROM features_{timeframe}
WHERE ts BETWEEN :since AND :until
