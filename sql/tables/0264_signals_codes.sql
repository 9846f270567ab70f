-- purpose Adds to signals the codes of the reasons for which they are gated or absent; jobs/predict/reasons.ts lists
--         them.
-- grain   One answer. Codes are separated by blanks, in the order of `reason`, which says the same in words.
ALTER TABLE signals ADD COLUMN IF NOT EXISTS codes VARCHAR
