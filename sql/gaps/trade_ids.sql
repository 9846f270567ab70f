-- purpose Lists what is known of the ids of the trades of a venue.
-- grain   One row per symbol of which anything is known.
-- takes   :venue
SELECT symbol, ids, source
FROM trade_ids
WHERE venue = :venue
LATEST ON ts PARTITION BY symbol
