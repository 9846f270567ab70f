-- purpose Lists the choices of $venue on the Models dashboard: venues that a model was trained on, the one with the
--         latest run first.
-- grain   One row per venue.
SELECT venue
FROM (SELECT venue, max(created_at) AS latest FROM model_runs WHERE NOT shuffled GROUP BY venue)
ORDER BY latest DESC
