import type { Micros } from '#lib/time.ts';

/** What a named parameter of a statement may be. A `Timestamp` becomes a timestamp literal, an array a list for IN. */
export type Parameter = string | number | boolean | null | Timestamp | Variable | readonly string[];
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

/** A moment that is sent beside the text: the n-th of its values. */
class Variable {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** A statement and the values of its bind variables, in their order. */
export interface Prepared {
  text: string;
  values: readonly number[];
}

/**
 * The moments of a statement that is run again and again. QuestDB compiles each text that it has not seen on a connection
 * into a plan and that into machine code; with its moments sent beside it, the text of each minute is that of the last.
 */
export class Moments {
  readonly values: Micros[] = [];
  readonly #variables = new Map<string, Variable>();

  /** The parameter to bind for the moment of this name. */
  at(name: string, micros: Micros): Variable {
    const known = this.#variables.get(name);
    if (known) {
      if (this.values[known.number - 1] !== micros) throw new RangeError(`the moment ${name} has two values`);
      return known;
    }
    const variable = new Variable(this.values.push(new Timestamp(micros).micros));
    this.#variables.set(name, variable);
    return variable;
  }
}

// A string, a quoted name, a comment or a `::cast` is passed over; what remains of `:name` and `{name}` are parameters.
export const token = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|::|:([a-z_][a-z0-9_]*)|\{([a-z_]+)\}/g;

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

/** As `bind`, with the timestamps sent beside the text. For places where QuestDB takes bind variables. */
export function prepare(text: string, parameters: Parameters): Prepared {
  const moments = new Moments();
  const varied = Object.entries(parameters).map(([name, value]) => [
    name,
    value instanceof Timestamp ? moments.at(name, value.micros) : value,
  ]);
  return { text: bind(text, Object.fromEntries(varied)), values: moments.values };
}

function literal(value: Parameter, name: string): string {
  if (value === null) return 'null';
  // A bind variable has no type of its own; as a number it does not depend on how a client writes dates.
  if (value instanceof Variable) return `($${value.number}::long)::timestamp`;
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
