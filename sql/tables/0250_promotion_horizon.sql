-- purpose Adds to the decisions on champions the horizon that they are about, in bars.
-- grain   One decision.
-- note    It is null in rows of before, which are never changed: theirs is the horizon of their run. champion_decisions
--         (0251) tells it of all rows.
ALTER TABLE model_promotions ADD COLUMN IF NOT EXISTS horizon INT
