-- Materialized views that do not show what was written last, or never will again (status other than valid).
-- Grain: one row per such view.
SELECT
  view_name,
  base_table_name,
  view_status,
  invalidation_reason,
  base_table_txn - refresh_base_table_txn AS behind,
  refresh_base_table_txn AS refreshed
FROM materialized_views()
WHERE view_status <> 'valid' OR base_table_txn > refresh_base_table_txn OR refresh_base_table_txn IS NULL
