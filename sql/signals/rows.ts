const answer = {
  ts: 'micros',
  symbol: 'text',
  model: 'text',
  horizon: 'integer',
  run_id: 'text?',
  absent: 'boolean',
  bars: 'integer?',
} as const;

export const rows = {
  'signals/newest_settled_bars': { symbol: 'text', ts: 'time', known_at: 'time', featured: 'time?' },
  'signals/newest': answer,
  'signals/answered': answer,
  'signals/bars': { ts: 'micros', symbol: 'text', complete: 'boolean', known_at: 'micros' },
} as const;
