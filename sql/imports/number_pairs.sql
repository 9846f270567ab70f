-- purpose Makes a type of the names in the variable `pairs`, whose code is a name's place in that list.
-- trap    A join would say the same, but DuckDB does not keep the order of rows through one, and the order of a file
--         counts.
-- engine  DuckDB
CREATE OR REPLACE TYPE pair_name AS ENUM (SELECT unnest(list_transform(getvariable('pairs'), lambda pair: pair.name)))
