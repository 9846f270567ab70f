-- purpose Counts the answers of each model about each symbol, to be compared with the bars that they have to speak of.
-- grain   One row per timeframe, model, horizon and symbol. Times are in microseconds.
-- takes   :venue, :symbols; :from (inclusive) and :to (exclusive), the bars that the answers are about
-- note    `spoken` are the bars that the answers speak of; `moments` those that an answer begins at: fewer than
--         `answers` where some are doubled. `last_spoken` is the number of bars of the last answer.
SELECT
  timeframe,
  model,
  horizon,
  symbol,
  count() AS answers,
  count_distinct(ts) AS moments,
  sum(coalesce(bars, 1)) AS spoken,
  sum(CASE WHEN absent THEN 0 WHEN gated THEN 0 ELSE 1 END) AS signals,
  sum(CASE WHEN absent THEN 0 WHEN gated THEN 1 ELSE 0 END) AS gated,
  sum(CASE WHEN absent THEN coalesce(bars, 1) ELSE 0 END) AS absent,
  cast(min(ts) AS LONG) AS first_bar,
  cast(max(ts) AS LONG) AS last_answer,
  last(coalesce(bars, 1)) AS last_spoken
FROM signals
WHERE venue = :venue AND symbol IN :symbols AND ts >= :from AND ts < :to
ORDER BY timeframe, model, horizon, symbol
