-- purpose Adds to signals what the fitted baseline of the same artifact says of the same bar.
-- grain   One answer. As many numbers as `raw` has.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS baseline DOUBLE[]
