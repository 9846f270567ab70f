export const rows = {
  'labels/newest': { symbol: 'text', last_bar: 'micros' },
} as const;
