-- purpose Records a decision on a champion.
-- grain   One decision.
-- writes  model_promotions
-- takes   :venue, :model, :timeframe, :horizon, :run_id; :action (promoted, rolled back); :reason
INSERT INTO model_promotions (ts, venue, model, timeframe, horizon, regime, run_id, action, reason)
VALUES (now(), :venue, :model, :timeframe, :horizon, cast(null AS SYMBOL), :run_id, :action, :reason)
