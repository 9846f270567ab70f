-- purpose Adds to signals what the model says in numbers, of which a loss can be computed.
-- grain   One answer. One number, the probabilities of all classes, or all quantiles.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS raw DOUBLE[]
