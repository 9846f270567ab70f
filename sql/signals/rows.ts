export const rows = {
  'signals/newest_settled_bars': { symbol: 'text', ts: 'time', known_at: 'time', featured: 'time?' },
  'signals/newest': { ts: 'time', symbol: 'text', model: 'text', horizon: 'integer', run_id: 'text' },
} as const;
