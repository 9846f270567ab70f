export const rows = {
  'migrations/ledger': { name: 'text', checksum: 'text' },
} as const;
