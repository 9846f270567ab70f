import { basename } from 'node:path';
import { type Pair, pairOf, pairOfFileName } from '#ingest/pair_name.ts';
import { UserError } from '#lib/errors.ts';

/** Columns of ours, and beside each the file's column or a constant. */
export type Mapping = ReadonlyMap<string, string>;

/** What a table is read as. */
export interface Target {
  /** In the plural, as messages say it. */
  what: string;
  /** Our columns, and beside each the names that it is found by without a mapping, the best first. */
  columns: { readonly [column: string]: readonly string[] };
  /** Our columns that may be the same for all rows. */
  constants: readonly string[];
}

/**
 * Reads `ts=timestamp,price=last,symbol=BTC-USDT`.
 * @throws UserError when it is not written like that
 */
export function parseMapping(text: string, { what, columns }: Target): Mapping {
  const names = Object.keys(columns);
  const mapping = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*([a-z0-9_]+)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
    if (!name)
      throw new UserError(
        `${JSON.stringify(part)} maps nothing.`,
        `Write --map ${names[0]}=timestamp,symbol=BTC-USDT, our name first.`,
      );
    if (!Object.hasOwn(columns, name))
      throw new UserError(`${what} have no column ${name}.`, `Map ${names.join(', ')}.`);
    if (mapping.has(name)) throw new UserError(`${name} is mapped twice.`, 'Map each column once.');
    mapping.set(name, value);
  }
  return mapping;
}

export type Source = { column: string } | { constant: string };

/**
 * Where each of our columns comes from: as mapped, else the file's column that is named for it, capitals and underscores
 * aside.
 * @throws UserError when the file lacks a column that is mapped
 */
export function resolveMapping(
  path: string,
  header: readonly string[],
  mapping: Mapping,
  { columns, constants }: Target,
): Map<string, Source> {
  const resolved = new Map<string, Source>();
  for (const [name, others] of Object.entries(columns)) {
    const found = [name, ...others].flatMap((each) => columnOf(header, each) ?? []);
    if (found.length > 0) resolved.set(name, { column: found[0] });
  }
  for (const [name, value] of mapping) {
    if (header.includes(value)) resolved.set(name, { column: value });
    else if (constants.includes(name)) resolved.set(name, { constant: value });
    else
      throw new UserError(
        `${path} has no column ${value}.`,
        `It has ${header.join(', ')}: map one of these, as in --map ${name}=${header[0]}.`,
      );
  }
  return resolved;
}

function columnOf(header: readonly string[], name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_]/g, '');
  return header.includes(name) ? name : header.find((each) => plain(each) === plain(name));
}

/**
 * The pair that all rows of a file are of; undefined where a column says it.
 * @throws UserError when neither the mapping nor the file's name says a pair
 */
export function pairOfFile(path: string, symbol: Source | undefined): Pair | undefined {
  if (symbol && 'column' in symbol) return undefined;
  const pair = symbol ? pairOf(symbol.constant) : pairOfFileName(basename(path));
  if (pair) return pair;
  throw symbol
    ? new UserError(`${JSON.stringify(symbol.constant)} names no pair.`, 'Write it as in --map symbol=BTC-USDT.')
    : new UserError(
        `Nothing says which symbol ${path} is of.`,
        'Map its column, or say it: --map symbol=BTC-USDT; or name the file like BTC-USDT.csv.',
      );
}
