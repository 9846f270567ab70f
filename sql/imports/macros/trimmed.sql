-- purpose Takes the blanks around a cell away.
-- note    Most cells have none, and looking costs much less than trim.
-- engine  DuckDB
CREATE OR REPLACE TEMP MACRO trimmed(cell) AS
  CASE WHEN starts_with(cell, ' ') OR ends_with(cell, ' ') THEN trim(cell) ELSE cell END
