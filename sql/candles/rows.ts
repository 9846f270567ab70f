const printed = {
  minute: 'time',
  symbol: 'text',
  open: 'double',
  high: 'double',
  low: 'double',
  close: 'double',
  volume: 'double?',
  quote_volume: 'double?',
  buy_volume: 'double?',
  sided_volume: 'double?',
  trades: 'integer',
  sided_trades: 'integer',
} as const;

export const rows = {
  'candles/closable': { first_open: 'time', newest: 'time' },
  'candles/counts': { timeframe: 'text', bars: 'integer' },
  'candles/flat_after': { ts: 'micros?' },
  'candles/newest_tick': { newest: 'time' },
  'candles/places': {
    trades: 'integer',
    placed: 'integer',
    least: 'integer?',
    most: 'integer?',
    aggregated: 'integer?',
  },
  'candles/prints': printed,
  'candles/prints_by_place': printed,
  'candles/stated_days': { day: 'micros', candles: 'integer', first: 'micros' },
} as const;
