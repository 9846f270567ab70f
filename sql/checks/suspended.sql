-- purpose Lists the tables and views that still accept writes but no longer show them, and why QuestDB gave up.
-- grain   One row per suspended table or view.
SELECT
  t.name,
  t.errorMessage AS error_message,
  v.view_name IS NOT NULL AS is_view
FROM wal_tables() t
LEFT JOIN materialized_views() v ON v.view_name = t.name
WHERE t.suspended
