import { UserError } from '#lib/errors.ts';
import { type CandleColumn, type CandleReading, candleTarget } from './candle_columns.ts';
import { venueOf } from './manifest_beside.ts';
import { type Mapping, pairOfFile, resolveMapping } from './mapping.ts';
import { openTable } from './open_table.ts';
import type { TableOptions, TablePart } from './table.ts';
import { sqlText } from './tick_columns.ts';
import type { TimeOptions } from './time_reading.ts';

export interface CandlePart extends Omit<TablePart, 'relation'> {
  reading: CandleReading;
}

/** A file of one-minute candles, and whose they are. */
export interface CandleFile {
  path: string;
  venue: string;
  /** Where all of its rows are of one. */
  symbol?: string;
  /** As `TickFile.parts`. */
  parts(scratch: string, from: number, bytes: number): AsyncIterable<CandlePart>;
}

export interface CandleOptions extends TableOptions {
  /** Else the manifest beside the file says it. */
  venue?: string;
  mapping?: Mapping;
  time?: TimeOptions;
}

const required = ['open_time', 'open', 'high', 'low', 'close', 'volume'];

/**
 * Any file with a table of one-minute candles. The symbol stands in a column, or all rows are of one, which the mapping or
 * the name of the file says.
 * @throws UserError when the file is missing or cannot be read, when it lacks a column, or nothing says whose it is
 */
export async function mappedCandles(path: string, options: CandleOptions = {}): Promise<CandleFile> {
  const table = await openTable(path, options);
  const resolved = resolveMapping(path, table.columns, options.mapping ?? new Map(), candleTarget);
  const lacking = required.filter((name) => !resolved.has(name));
  if (lacking.length > 0)
    throw new UserError(
      `${path} has no column ${lacking.join(', ')}.`,
      `It has ${table.columns.join(', ')}: map one of these, as in --map ${lacking[0]}=COLUMN.`,
    );
  const columns: Partial<Record<CandleColumn, string>> = {};
  const used: string[] = [];
  for (const [name, source] of resolved) {
    if (!('column' in source)) continue;
    used.push(source.column);
    if (name !== 'open_time' && name !== 'symbol') columns[name as CandleColumn] = table.number(source.column);
  }
  const sourceOf = (name: string) => resolved.get(name) as { column: string };
  const time = table.time(sourceOf('open_time').column, options.time ?? {});
  const pair = pairOfFile(path, resolved.get('symbol'));
  const reading = {
    columns: { ...columns, ts: time.micros, ...(pair && { symbol: sqlText(pair.symbol) }) },
    timeUnit: time.unit,
    ...(pair ? { power: pair.power } : { name: table.text(sourceOf('symbol').column) }),
  };
  return {
    path,
    venue: await venueOf(path, options.venue),
    symbol: pair?.symbol,
    async *parts(scratch, from, bytes) {
      for await (const { relation, ...part } of table.parts([...new Set(used)], scratch, from, bytes))
        yield { ...part, reading: { ...relation, ...reading } };
    },
  };
}
