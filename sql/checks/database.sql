-- purpose Tells which database this is. No two databases were begun in the same microsecond, and a copy or a restored
--         backup still counts as the same one.
-- grain   One row.
SELECT min(ts) AS begun
FROM schema_migrations
