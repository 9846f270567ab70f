import { basename } from 'node:path';
import { UserError } from '#lib/errors.ts';
import { sqlText, type TickColumn, tickColumns } from './tick_columns.ts';

/** Columns of ours, and beside each the file's column or a constant. */
export type Mapping = ReadonlyMap<TickColumn | 'is_buyer_maker', string>;

const constants = new Set<string>(['symbol', 'kind', 'side']);

/**
 * Reads `ts=timestamp,price=last,symbol=BTC-USDT`.
 * @throws UserError when it is not written like that
 */
export function parseMapping(text: string): Mapping {
  const mapping = new Map<TickColumn | 'is_buyer_maker', string>();
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*([a-z0-9_]+)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
    if (!name)
      throw new UserError(
        `${JSON.stringify(part)} maps nothing.`,
        'Write --map ts=timestamp,price=last,symbol=BTC-USDT.',
      );
    if (!Object.hasOwn(tickColumns, name) && name !== 'is_buyer_maker')
      throw new UserError(
        `Ticks have no column ${name}.`,
        `Map ${[...Object.keys(tickColumns), 'is_buyer_maker'].join(', ')}.`,
      );
    if (mapping.has(name as TickColumn)) throw new UserError(`${name} is mapped twice.`, 'Map each column once.');
    mapping.set(name as TickColumn, value);
  }
  return mapping;
}

export type Source = { column: string } | { constant: string };

/**
 * Where each of our columns comes from: as mapped, else the file's column of the same name.
 * @throws UserError when the file lacks a column, or what is mapped makes no ticks
 */
export function resolveMapping(
  path: string,
  header: readonly string[],
  mapping: Mapping,
): Map<TickColumn | 'is_buyer_maker', Source> {
  const resolved = new Map<TickColumn | 'is_buyer_maker', Source>();
  for (const name of Object.keys(tickColumns) as TickColumn[])
    if (header.includes(name)) resolved.set(name, { column: name });
  for (const [name, value] of mapping) {
    if (header.includes(value)) resolved.set(name, { column: value });
    else if (constants.has(name)) resolved.set(name, { constant: value });
    else throw new UserError(`${path} has no column ${value}.`, `It has ${header.join(', ')}.`);
  }
  if (resolved.has('is_buyer_maker')) resolved.delete('side');
  if (!resolved.has('symbol')) {
    const symbol = symbolOfName(path);
    if (!symbol)
      throw new UserError(`Nothing says which symbol ${path} is of.`, 'Map it, or give it: --map symbol=BTC-USDT,….');
    resolved.set('symbol', { constant: symbol });
  }
  demand(path, resolved);
  return resolved;
}

function demand(path: string, resolved: ReadonlyMap<string, Source>): void {
  if (!resolved.has('ts'))
    throw new UserError(`Nothing says when the rows of ${path} were.`, 'Map it: --map ts=COLUMN,….');
  if (!['price', 'bid', 'ask'].some((name) => resolved.has(name)))
    throw new UserError(`Nothing says the price in ${path}.`, 'Map price, or bid and ask: --map price=COLUMN,….');
  const kind = resolved.get('kind');
  if (kind && 'constant' in kind && kind.constant !== 'trade' && kind.constant !== 'quote')
    throw new UserError(`${JSON.stringify(kind.constant)} is no kind of tick.`, 'Give kind=trade or kind=quote.');
  const trade = kind ? 'constant' in kind && kind.constant === 'trade' : resolved.has('size');
  for (const name of ['price', 'size'])
    if (trade && !resolved.has(name))
      throw new UserError(`Nothing says the ${name} of the trades in ${path}.`, `Map it: --map ${name}=COLUMN,….`);
}

/** `BTC-USDT` from BTC-USDT.csv.gz or binance-um-BTC-USDT.parquet. */
function symbolOfName(path: string): string | undefined {
  return /(?:^|[^A-Z0-9])([A-Z0-9]+-[A-Z0-9]+)\.[a-z.]+$/.exec(basename(path))?.[1];
}

/**
 * An expression for each mapped column but `ts` and `received_at`.
 * @param text the file's column as text
 * @param number the file's column as a number, absent null, unreadable NaN
 */
export function mappedColumns(
  resolved: ReadonlyMap<TickColumn | 'is_buyer_maker', Source>,
  text: (column: string) => string,
  number: (column: string) => string,
): Partial<Record<TickColumn, string>> {
  const columns: Partial<Record<TickColumn, string>> = {};
  for (const [name, source] of resolved) {
    if (name === 'ts' || name === 'received_at' || name === 'is_buyer_maker') continue;
    const value = 'column' in source ? text(source.column) : sqlText(source.constant);
    if ('column' in source && tickColumns[name] === 'DOUBLE') columns[name] = number(source.column);
    else if (name === 'symbol') columns.symbol = `canonical_symbol(${value})`;
    else if (name === 'event_id') columns.event_id = `nullif(${value}, '')`;
    else columns[name] = `nullif(lower(${value}), '')`;
  }
  const maker = resolved.get('is_buyer_maker');
  if (maker && 'column' in maker)
    columns.side = `CASE lower(${text(maker.column)}) WHEN 'true' THEN 'sell' WHEN 'false' THEN 'buy' ELSE 'neither' END`;
  columns.kind ??= resolved.has('size') ? `'trade'` : `'quote'`;
  return columns;
}
