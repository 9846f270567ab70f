import { UserError } from '#lib/errors.ts';
import { type Mapping, pairOfFile, resolveMapping, type Source, type Target } from './mapping.ts';
import { openTable } from './open_table.ts';
import type { Table, TableOptions } from './table.ts';
import { type RowReading, sqlText, type TickColumn, tickColumns } from './tick_columns.ts';
import type { ImportState, TickFile } from './tick_file.ts';
import type { TimeOptions } from './time_reading.ts';

export interface MappedOptions extends TableOptions {
  venue: string;
  mapping: Mapping;
  time: TimeOptions;
}

/** Columns of ticks are found by our own names; only whether the buyer was the maker is, by those of others. */
export const tickTarget: Target = {
  what: 'Ticks',
  columns: {
    ...Object.fromEntries(Object.keys(tickColumns).map((name) => [name, []])),
    is_buyer_maker: ['buyer_maker', 'm'],
  },
  constants: ['symbol', 'kind', 'side'],
};

/**
 * Any file with a table of trades or quotes. Columns that are named like those of `ticks` need no mapping.
 * @throws UserError when the file is missing or cannot be read, or the mapping does not fit its columns
 */
export async function mappedTicks(path: string, options: MappedOptions): Promise<TickFile> {
  const { venue, mapping, time } = options;
  const table = await openTable(path, options);
  const resolved = resolveMapping(path, table.columns, mapping, tickTarget);
  // A side that is told stands above one that is worked out.
  if (mapping.has('is_buyer_maker')) resolved.delete('side');
  else if (resolved.has('side')) resolved.delete('is_buyer_maker');
  const reading = readingOf(path, table, resolved, time);
  const used = [...new Set([...resolved.values()].flatMap((source) => ('column' in source ? [source.column] : [])))];
  return {
    path,
    venue,
    source: 'archive',
    numbered: resolved.has('event_id'),
    identity: JSON.stringify([[...resolved], time, table.identity]),
    remarks: sidesLeftOut,
    async *parts(scratch, from, bytes) {
      for await (const { relation, ...part } of table.parts(used, scratch, from, bytes))
        yield { ...part, reading: { ...relation, ...reading } };
    },
  };
}

/** Says of how many rows the side could not be read, where the reading remarks them. */
export function sidesLeftOut({ remarked }: ImportState): string[] {
  if (remarked === 0) return [];
  return [`${remarked} rows have a side that is neither buy nor sell: they are kept without one`];
}

type TickReading = Pick<RowReading, 'columns' | 'name' | 'power' | 'timeUnit' | 'remarked'>;

function readingOf(path: string, table: Table, resolved: ReadonlyMap<string, Source>, time: TimeOptions): TickReading {
  demand(path, resolved);
  const pair = pairOfFile(path, resolved.get('symbol'));
  const columns: Partial<Record<TickColumn, string>> = { kind: resolved.has('size') ? `'trade'` : `'quote'` };
  for (const [name, source] of resolved) {
    const text = 'column' in source ? table.text(source.column) : sqlText(source.constant);
    if ('column' in source && tickColumns[name as TickColumn] === 'DOUBLE')
      columns[name as TickColumn] = table.number(source.column);
    else if (name === 'event_id') columns.event_id = `nullif(${text}, '')`;
    else if (name === 'kind') columns.kind = `nullif(lower(${text}), '')`;
    else if (name === 'side') columns.side = `side_of(${text})`;
    else if (name === 'is_buyer_maker') columns.side = `side_of_maker(${text})`;
  }
  const timeOf = (name: 'ts' | 'received_at') => {
    const source = resolved.get(name);
    return source && 'column' in source ? table.time(source.column, time) : undefined;
  };
  const at = timeOf('ts');
  Object.assign(columns, { ts: at?.micros, received_at: timeOf('received_at')?.micros });
  const side = resolved.get('side') ?? resolved.get('is_buyer_maker');
  const symbol = resolved.get('symbol');
  return {
    columns: { ...columns, ...(pair && { symbol: sqlText(pair.symbol) }) },
    timeUnit: at?.unit,
    ...(pair ? { power: pair.power } : { name: table.text((symbol as { column: string }).column) }),
    ...(side && 'column' in side && { remarked: `${columns.side} IS NULL AND ${table.text(side.column)} <> ''` }),
  };
}

function demand(path: string, resolved: ReadonlyMap<string, Source>): void {
  if (!resolved.has('ts'))
    throw new UserError(`Nothing says when the rows of ${path} were.`, 'Map it: --map ts=COLUMN,….');
  if (!['price', 'bid', 'ask'].some((name) => resolved.has(name)))
    throw new UserError(`Nothing says the price in ${path}.`, 'Map price, or bid and ask: --map price=COLUMN,….');
  const kind = resolved.get('kind');
  if (kind && 'constant' in kind && kind.constant !== 'trade' && kind.constant !== 'quote')
    throw new UserError(`${JSON.stringify(kind.constant)} is no kind of tick.`, 'Give kind=trade or kind=quote.');
  const side = resolved.get('side');
  if (side && 'constant' in side && side.constant !== 'buy' && side.constant !== 'sell')
    throw new UserError(
      `${JSON.stringify(side.constant)} is no side.`,
      'Give side=buy or side=sell, or a column of the file.',
    );
  const trade = kind ? 'constant' in kind && kind.constant === 'trade' : resolved.has('size');
  for (const name of ['price', 'size'])
    if (trade && !resolved.has(name))
      throw new UserError(`Nothing says the ${name} of the trades in ${path}.`, `Map it: --map ${name}=COLUMN,….`);
}
