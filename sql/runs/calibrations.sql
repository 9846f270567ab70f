-- purpose Compares what the winners of some runs predicted on average with what came, in buckets of equal size, on rows
--         that they had not seen.
-- grain   One bucket of one class (`value` for a regression) of one run.
-- takes   :run_ids
SELECT
  c.run_id AS run_id,
  c.class AS class,
  c.bucket AS bucket,
  c.predicted AS predicted,
  c.observed AS observed,
  c.rows AS rows
FROM model_runs r
JOIN model_calibration c ON c.run_id = r.run_id AND c.engine = r.engine
WHERE r.run_id IN :run_ids
ORDER BY run_id, class, bucket
