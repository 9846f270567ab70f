-- purpose Adds one event to the ledger of gaps.
-- grain   One event of one gap.
-- writes  gaps
-- takes   :ts, when the event happened on the clock of the market; :venue, :symbol, :gap_id, :event, :level, :cause,
--         :how; :since and :until, the bounds of the gap, of which :until is null while it is open
INSERT INTO gaps (ts, venue, symbol, gap_id, event, level, since, until, cause, how)
VALUES (:ts, :venue, :symbol, :gap_id, :event, :level, :since, :until, :cause, :how)
