-- The folder whose files QuestDB reads in SQL; null where none is configured.
SELECT value FROM (SHOW PARAMETERS) WHERE property_path = 'cairo.sql.copy.root'
