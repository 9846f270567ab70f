-- purpose Finds a trial that was made before, by a search that was cut off or had fewer trials.
-- grain   One row, or none.
-- takes   :search_id, :fold, :trial
SELECT parameters, loss, baseline, seconds
FROM model_trials
WHERE search_id = :search_id AND fold = :fold AND trial = :trial
