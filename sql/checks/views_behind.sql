-- purpose Lists the materialized views that do not show yet what was written last, or that never will again (those
--         whose status is other than valid).
-- grain   One row per such view.
SELECT
  view_name,
  base_table_name,
  view_status,
  invalidation_reason,
  base_table_txn AS written,
  refresh_base_table_txn AS refreshed,
  last_refresh_start_timestamp AS began
FROM materialized_views()
WHERE view_status <> 'valid' OR base_table_txn > refresh_base_table_txn OR refresh_base_table_txn IS NULL
