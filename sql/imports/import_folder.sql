-- purpose Finds the folder whose files QuestDB reads in SQL.
-- grain   One row. `value` is null where no folder is configured.
SELECT value FROM (SHOW PARAMETERS) WHERE property_path = 'cairo.sql.copy.root'
