-- purpose Has the one-hour bars follow candles_1m once a minute, 20 seconds after its begin, and whenever they are
--         asked for.
-- grain   One bar of one symbol of one venue.
-- trap    Views that follow at once cost the server as much as the features of a minute, in the very moment in which
--         these are computed.
-- trap    Without a time zone after the start, QuestDB 9.3.4 cannot read the statement.
ALTER MATERIALIZED VIEW candles_1h SET REFRESH EVERY 1m START '2020-01-01T00:00:20.000000Z' TIME ZONE 'UTC'
