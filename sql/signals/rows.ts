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
  'signals/listed': {
    ...answer,
    timeframe: ['1m', '5m', '15m', '1h'],
    bars: 'integer',
    shown: 'text?',
    probability: 'double?',
    close: 'double?',
    age_seconds: 'double?',
    late_seconds: 'double?',
    gated: 'boolean',
    codes: 'text?',
    reason: 'text?',
    raw: 'numbers?',
    baseline: 'numbers?',
    created_at: 'micros',
  },
  'signals/newest_made': { ts: 'time?', created_at: 'time?' },
  'signals/bars': { ts: 'micros', symbol: 'text', complete: 'boolean', known_at: 'micros' },
} as const;
