export const rows = {
  'freshness/market_clock': { now: 'time?' },
  'freshness/newest': {
    ts: 'time',
    venue: 'text',
    symbol: 'text',
    newest_tick: 'time?',
    newest_candle: 'time?',
    tick_age_seconds: 'double?',
    candle_age_seconds: 'double?',
    lag_ms: 'double?',
    stale: 'boolean',
    measured_at: 'time',
  },
} as const;
