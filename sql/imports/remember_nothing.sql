-- Before the first part there is nothing to remember. For the DuckDB of an import.
CREATE OR REPLACE TEMP TABLE edges (symbol VARCHAR, ts BIGINT, digest VARCHAR, rows BIGINT)
