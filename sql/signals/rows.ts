export const rows = {
  'signals/newest': { ts: 'time', symbol: 'text', model: 'text', run_id: 'text' },
} as const;
