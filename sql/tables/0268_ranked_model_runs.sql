-- purpose Ranks the runs of each model and horizon by age. Every statement that asks for the newest run takes it from
--         here.
-- grain   One run, with the columns of model_runs.
-- note    `newness` is 1 for the newest run of a model on its venue, timeframe, horizon and regime, 2 for the one
--         before, and so on. Runs on shuffled labels are ranked apart. `usual_newness` is the same among runs that are
--         no experiments, and among those that are. Of two runs on one window, the one made later is the newer.
CREATE OR REPLACE VIEW ranked_model_runs AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY venue, timeframe, model, horizon, regime, shuffled ORDER BY ts DESC, created_at DESC
    ) AS newness,
    row_number() OVER (
      PARTITION BY venue, timeframe, model, horizon, regime, shuffled, experiment ORDER BY ts DESC, created_at DESC
    ) AS usual_newness
  FROM model_runs
)
