import type { Target } from './mapping.ts';
import { type Reading, selected } from './tick_columns.ts';

/** The columns of a candle that a row of an archive can fill. Times are microseconds, volumes in base coin. */
export const candleColumns = {
  ts: 'BIGINT',
  symbol: 'VARCHAR',
  open: 'DOUBLE',
  high: 'DOUBLE',
  low: 'DOUBLE',
  close: 'DOUBLE',
  volume: 'DOUBLE',
  quote_volume: 'DOUBLE',
  taker_buy_volume: 'DOUBLE',
  count: 'DOUBLE',
} as const;

export type CandleColumn = keyof typeof candleColumns;
export type CandleReading = Reading<CandleColumn>;

/** What a table of candles is mapped to, and the names that people give its columns. */
export const candleTarget: Target = {
  what: 'Candles',
  columns: {
    open_time: ['ts', 'timestamp', 'time', 'datetime', 'date', 'open_timestamp', 'start'],
    symbol: [],
    open: [],
    high: [],
    low: [],
    close: [],
    volume: [],
    quote_volume: ['quote_asset_volume', 'volume_quote'],
    taker_buy_volume: ['taker_buy_base_asset_volume', 'taker_buy_base_volume', 'buy_volume'],
    count: ['trades', 'number_of_trades', 'num_trades', 'trade_count'],
  },
  constants: ['symbol'],
};

/** The statement that lays the view `raw_candles` over a relation: all columns, absent ones null. */
export function rawCandles(reading: CandleReading): string {
  return `CREATE OR REPLACE TEMP VIEW raw_candles AS SELECT ${selected(reading, candleColumns)} FROM ${reading.from}`;
}
