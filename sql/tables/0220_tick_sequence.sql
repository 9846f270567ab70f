-- purpose Adds to ticks the sequence of arrival, which orders events of the same time.
-- grain   One event.
-- note    `seq` grows in the order in which the events of a symbol arrived: live and in a replay it is the time of
--         receipt, moved on by one where frames share it; in a file it is the number of the line. It is null in rows
--         of before. Where the ids of a venue count, they decide instead (see trade_ids).
ALTER TABLE ticks ADD COLUMN IF NOT EXISTS seq LONG
