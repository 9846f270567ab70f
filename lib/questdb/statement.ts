import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Micros } from '#ingest/feed.ts';

/** What a named parameter of a statement may be. A `Timestamp` becomes a timestamp literal, an array a list for IN. */
export type Parameter = string | number | boolean | null | Timestamp | readonly string[];
export type Parameters = Readonly<Record<string, Parameter>>;

/** A moment, to tell it from a plain number. */
export class Timestamp {
  readonly micros: Micros;

  constructor(micros: Micros) {
    if (!Number.isSafeInteger(micros)) throw new RangeError(`not a time in whole microseconds: ${micros}`);
    this.micros = micros;
  }

  /** ISO 8601 with six decimals, as QuestDB reads and prints it. */
  toString(): string {
    const millis = Math.floor(this.micros / 1000);
    const rest = String(this.micros - millis * 1000).padStart(3, '0');
    return new Date(millis).toISOString().replace('Z', `${rest}Z`);
  }
}

const cache = new Map<string, string>();

/** The text of `sql/<name>.sql`, for example `statement('candles/close_from_ticks')`. */
export function statement(name: string): string {
  let text = cache.get(name);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(`../../sql/${name}.sql`, import.meta.url)), 'utf8');
    cache.set(name, text);
  }
  return text;
}

// A string, a quoted name, a comment or a `::cast` is passed over; what remains of `:name` and `{name}` are parameters.
const token = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|::|:([a-z_][a-z0-9_]*)|\{([a-z_]+)\}/g;

/**
 * Puts literals in the place of `:name` parameters, words in the place of `{name}` (a part of a table's name, such as the
 * timeframe), and drops comments. The same text then works over the PostgreSQL wire
 * and over HTTP, which knows no bind variables, and in places where QuestDB takes none (FROM … TO, intervals).
 * @throws RangeError when a parameter is missing, unused, or cannot be written as a literal
 */
export function bind(text: string, parameters: Parameters = {}): string {
  const used = new Set<string>();
  const bound = text.replace(token, (match, value: string | undefined, part: string | undefined) => {
    if (match.startsWith('--')) return '';
    const name = value ?? part;
    if (name === undefined) return match;
    if (!Object.hasOwn(parameters, name)) throw new RangeError(`parameter :${name} of the statement is not given`);
    used.add(name);
    return part ? word(parameters[name], name) : literal(parameters[name], name);
  });
  for (const name of Object.keys(parameters)) {
    if (!used.has(name)) throw new RangeError(`the statement has no parameter :${name}`);
  }
  return bound.replace(/^\s*\n/gm, '').trim();
}

function literal(value: Parameter, name: string): string {
  if (value === null) return 'null';
  if (value instanceof Timestamp) return `'${value}'::timestamp`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`parameter :${name} is ${value}`);
    return String(value);
  }
  if (typeof value === 'string') return quoted(value, name);
  if (value.length === 0) throw new RangeError(`parameter :${name} is an empty list`);
  return `(${value.map((item) => quoted(item, name)).join(', ')})`;
}

function word(value: Parameter, name: string): string {
  if (typeof value !== 'string' || !/^[a-z0-9_]+$/.test(value))
    throw new RangeError(`parameter {${name}} is not a word: ${value}`);
  return value;
}

function quoted(value: string, name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f]/.test(value)) throw new RangeError(`parameter :${name} has a control character`);
  return `'${value.replaceAll("'", "''")}'`;
}
