export const rows = {
  'imports/count_stored': { rows: 'integer' },
  'imports/find_other_ids': { ts: 'time' },
  'imports/import_folder': { value: 'text?' },
} as const;

/** Of the statements that the DuckDB of an import runs. */
export const partRows = {
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
  'imports/survey_part': { time_unit: 'text?', rows: 'integer', example: 'text' },
} as const;
