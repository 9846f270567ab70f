export const rows = {
  'features/bar_extents': { symbol: 'text', first_bar: 'time', last_bar: 'time', bars: 'integer' },
  'features/changed_since': { first_bar: 'time?' },
  'features/current_spells': { symbol: 'text', first_bar: 'time', last_bar: 'time' },
  'features/fill_state': { rows: 'integer', computed_at: 'time?', known_at: 'time?' },
  'features/missing_features': {
    symbol: 'text',
    first_bar: 'time',
    last_bar: 'time',
    filled_to: 'time?',
    filled_rows: 'integer?',
    changed_from: 'time?',
    missing_from: 'time?',
  },
  'features/stored_definitions': { set_hash: 'text', rows: 'integer', first_bar: 'time', last_bar: 'time' },
  'features/symbols_to_continue': { symbol: 'text', last_bar: 'time' },
  'features/symbols_with_bars': { symbol: 'text' },
  'features/unbroken_runs': { symbol: 'text', first_bar: 'time', last_bar: 'time', bars: 'integer' },
} as const;
