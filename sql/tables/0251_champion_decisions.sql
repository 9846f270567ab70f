-- purpose Tells decisions on champions with their horizon. Every statement that asks for a champion takes it from here.
-- grain   One decision, with the columns of model_promotions. The champion of a model, timeframe, horizon and regime is
--         its latest row.
-- note    The horizon of a decision of before it was stored is that of its run. It is null only where model_runs does
--         not know the run, and such a decision makes no champion.
CREATE VIEW IF NOT EXISTS champion_decisions AS (
  SELECT
    p.ts AS ts,
    p.venue AS venue,
    p.model AS model,
    p.timeframe AS timeframe,
    p.regime AS regime,
    coalesce(p.horizon, r.horizon) AS horizon,
    p.run_id AS run_id,
    p.action AS action,
    p.reason AS reason
  FROM model_promotions p
  LEFT JOIN (SELECT run_id, last(horizon) AS horizon FROM model_runs) r ON r.run_id = p.run_id
)
