-- purpose Adds what the survey of a file has found of one symbol.
-- grain   One symbol.
-- writes  stretches
-- takes   :symbol; :first and :last, the times of its first and its last event, in microseconds
-- engine  DuckDB
INSERT INTO stretches VALUES (:symbol, :first, :last)
