-- purpose Lets a row of signals say that there is no signal of a bar, and why.
-- grain   One answer. Rows of before are signals.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS absent BOOLEAN
