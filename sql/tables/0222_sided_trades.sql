-- purpose Adds to the one-minute bars the number of the trades whose taker side is known.
-- grain   One bar of one symbol of one venue.
-- note    It is null where the bar came as a bar, and in rows of before.
ALTER TABLE candles_1m ADD COLUMN IF NOT EXISTS sided_trades LONG
