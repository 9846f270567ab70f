-- purpose Reads the trades that QuestDB has of the time of a part, for telling what of the part is new.
-- grain   One trade.
-- takes   :venue, :symbols; :from and :to, both inclusive; :began, when the import began: its own rows are left out
SELECT cast(symbol AS VARCHAR) AS symbol, event_id, cast(ts AS LONG) AS ts, price, size, cast(side AS VARCHAR) AS side
FROM ticks
WHERE venue = :venue AND symbol IN :symbols AND kind = 'trade' AND ts BETWEEN :from AND :to AND received_at <> :began
