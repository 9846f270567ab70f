-- purpose Marks runs that were made to try something: a search for parameters, shuffled labels, another seed. They
--         never speak unless they are promoted.
-- grain   One run. Rows of before are no experiments.
ALTER TABLE model_runs ADD COLUMN IF NOT EXISTS experiment BOOLEAN
