-- purpose Lets one row say that there is no signal of many bars: `bars` of them, beginning with its own.
-- grain   One answer. Null means one bar.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS bars LONG
