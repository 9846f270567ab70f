export const rows = {
  'imports/count_stored': { rows: 'integer' },
  'imports/find_other_ids': { ts: 'time' },
  'imports/import_folder': { value: 'text?' },
} as const;

/** Of the statements that the DuckDB of an import runs. */
export const partRows = {
  'imports/count_candles': { rows: 'integer' },
  'imports/count_disorder': { back: 'integer' },
  'imports/count_draft': { rows: 'integer', refused: 'integer', remarked: 'integer' },
  'imports/count_part': { rows: 'integer', refused: 'integer', remarked: 'integer' },
  'imports/days_of_part': {
    symbol: 'text',
    kind: ['trade', 'quote'],
    day: 'integer',
    rows: 'integer',
    first: 'micros',
    last: 'micros',
    priced_from: 'micros?',
    priced_to: 'micros?',
    buys: 'integer',
    sells: 'integer',
  },
  'imports/rejected_by_reason': { reason: 'text', rows: 'integer', example: 'text?' },
  'imports/rejected_rows': { symbol: 'text?', reason: 'text', raw: 'text?' },
  'imports/rejected_candles': { symbol: 'text?', reason: 'text', raw: 'text' },
  'imports/sound_candles': {
    ts: 'micros',
    symbol: 'text',
    open: 'double',
    high: 'double',
    low: 'double',
    close: 'double',
    volume: 'double',
    quoteVolume: 'double?',
    buyVolume: 'double?',
    trades: 'double?',
  },
  'imports/survey_part': { name: 'text?', time_unit: 'text?', rows: 'integer', example: 'text' },
} as const;
