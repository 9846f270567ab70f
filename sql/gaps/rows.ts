export const rows = {
  'gaps/by_symbol': { symbol: 'text', open: 'integer', unhealed: 'integer', healed: 'integer' },
  'gaps/candles_end': { symbol: 'text', ts: 'micros' },
  'gaps/last_seen': { symbol: 'text', ts: 'micros' },
  'gaps/open': { symbol: 'text', id: 'text', since: 'micros', cause: 'text' },
  'gaps/stated_minutes': { ts: 'micros' },
  'gaps/stored_trades': { event_id: 'text' },
  'gaps/unclosed': { symbol: 'text', id: 'text', since: 'micros', until: 'micros', cause: 'text' },
  'gaps/unhealed': { symbol: 'text', id: 'text', since: 'micros', until: 'micros', cause: 'text' },
} as const;
