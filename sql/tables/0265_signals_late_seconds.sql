-- purpose Adds to signals how long after their bar became known they were made.
-- grain   One answer, seconds. Null where there was no bar.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS late_seconds DOUBLE
