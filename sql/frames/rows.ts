/** Of the bars after, for whoever trains or judges a model. */
const labels = {
  label_up: 'integer',
  label_log_return: 'double',
  label_last_return: 'double',
  label_momentum_class: 'integer',
  label_momentum_band: 'double',
  label_log_volatility: 'double',
  label_drawdown: 'double',
  label_dev_5: 'double',
  label_dev_20: 'double',
  label_dev_60: 'double',
  label_dev_240: 'double',
} as const;

/** `'*'` stands for the features that the caller names. */
export const rows = {
  'frames/common_candles': { first_bar: 'time?', last_bar: 'time?', bars: 'integer' },
  'frames/common_rows': { first_bar: 'time?', last_bar: 'time?', bars: 'integer' },
  'frames/features': { ts: 'time', symbol: 'text', close: 'double', '*': 'unknown' },
  'frames/inputs': { ts: 'time', symbol: 'text', '*': 'unknown' },
  'frames/labelled_features': {
    ts: 'time',
    symbol: 'text',
    close: 'double',
    ...labels,
    label_momentum_change: 'double',
    '*': 'unknown',
  },
  'frames/newest': { ts: 'time', symbol: 'text', label_close: 'double', '*': 'unknown' },
  'frames/newest_candles': { symbol: 'text', ts: 'time', close: 'double' },
  'frames/newest_extent': { rows: 'integer', first_bar: 'time', last_bar: 'time' },
  'frames/newest_features': { ts: 'time', venue: 'text', symbol: 'text', close: 'double', '*': 'unknown' },
  'frames/row_counts': { symbol: 'text', bars: 'integer', filled: 'integer' },
  'frames/rows_by_symbol': { symbol: 'text', rows: 'integer' },
  'frames/symbols_by_volume': {
    symbol: 'text',
    bars: 'integer',
    first_bar: 'time',
    last_bar: 'time',
    mean_quote_volume: 'double',
  },
  'frames/training': {
    ts: 'time',
    symbol: 'text',
    label_close: 'double',
    ...labels,
    '*': 'unknown',
  },
  'frames/venues': { venue: 'text', bars: 'integer', last_bar: 'time' },
} as const;
