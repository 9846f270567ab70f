-- purpose Adds to the one-minute bars the volume of the trades whose taker side is known.
-- grain   One bar of one symbol of one venue.
-- note    `buy_volume` is a part of `sided_volume`, and both are null where no trade of the minute has a side. In rows
--         of before, `sided_volume` is null and stands for `volume`.
ALTER TABLE candles_1m ADD COLUMN IF NOT EXISTS sided_volume DOUBLE
