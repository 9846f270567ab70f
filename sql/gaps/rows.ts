export const rows = {
  'gaps/by_symbol': { symbol: 'text', open: 'integer', unhealed: 'integer', healed: 'integer' },
  'gaps/candles_end': { symbol: 'text', ts: 'micros' },
  'gaps/last_seen': { symbol: 'text', ts: 'micros' },
  'gaps/open': { symbol: 'text', id: 'text', since: 'micros', cause: 'text' },
  'gaps/stated_minutes': { ts: 'micros' },
  'gaps/stored_trades': { ts: 'micros', event_id: 'text', price: 'double', size: 'double', side: 'text?' },
  'gaps/trade_ids': { symbol: 'text', ids: ['count', 'order', 'none'], source: ['venue', 'learned'] },
  'gaps/unclosed': { symbol: 'text', id: 'text', since: 'micros', until: 'micros', cause: 'text' },
  'gaps/unhealed': { symbol: 'text', id: 'text', since: 'micros', until: 'micros', cause: 'text' },
} as const;
