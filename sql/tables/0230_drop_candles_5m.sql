-- purpose Drops the 5-minute bars, which are made again with columns that they lack.
-- grain   One bar of one symbol of one venue.
DROP MATERIALIZED VIEW IF EXISTS candles_5m
