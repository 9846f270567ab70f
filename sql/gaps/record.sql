-- Adds one event to the gap ledger.
-- Parameters: :ts, when it happened on the market's clock; :venue, :symbol, :gap_id, :event, :level, :cause, :how; the gap
-- reaches from :since to :until (null while it is open).
INSERT INTO gaps (ts, venue, symbol, gap_id, event, level, since, until, cause, how)
VALUES (:ts, :venue, :symbol, :gap_id, :event, :level, :since, :until, :cause, :how)
