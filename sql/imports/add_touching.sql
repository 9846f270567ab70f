-- purpose Adds rows of other files that end or begin at the same instant as this one.
-- grain   One symbol, time and content.
-- writes  touching
-- takes   :symbol; :ts, in microseconds; :digest, of their content; :rows, how many they are
-- engine  DuckDB
INSERT INTO touching VALUES (:symbol, :ts, :digest, :rows)
