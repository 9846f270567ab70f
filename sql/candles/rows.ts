export const rows = {
  'candles/closable': { first_open: 'time', newest: 'time' },
  'candles/counts': { timeframe: 'text', bars: 'integer' },
  'candles/flat_after': { ts: 'micros?' },
  'candles/newest_tick': { newest: 'time' },
  'candles/stated_days': { day: 'micros', candles: 'integer', first: 'micros' },
} as const;
