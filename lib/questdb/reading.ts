import pg from 'pg';
import Cursor from 'pg-cursor';
import { connectionTo, noAnswer, type QuestDbAddress } from './database.ts';
import { Refused } from './refused.ts';

/** What the values of a column are, by the types of the PostgreSQL wire. */
export type Kind = 'time' | 'double' | 'number' | 'boolean' | 'array' | 'text';

/**
 * Times are ISO 8601 in UTC with every digit they have. A long that a double cannot hold exactly, and a decimal, is a
 * string of its digits.
 */
export type Value = string | number | boolean | null | Value[];

export interface Answer {
  columns: { name: string; kind: Kind }[];
  rows: Value[][];
}

/** A statement as it is sent, and where in it that begins which was given. */
export interface Sent {
  text: string;
  offset: number;
}

const explained = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*explain\b/i;

/**
 * A statement given by a person, so that it can only read: QuestDB takes nothing but a query inside of brackets. EXPLAIN,
 * which may not stand there, runs nothing.
 * @param limit the first so many rows
 */
export function onlyReading(statement: string, limit?: number): Sent {
  if (explained.test(statement)) return { text: statement, offset: 0 };
  // On lines of its own: a comment at its end does not reach the bracket.
  const before = 'SELECT * FROM (\n';
  return { text: `${before}${statement}\n)${limit === undefined ? '' : ` LIMIT ${limit}`}`, offset: before.length };
}

/**
 * The answer to a statement in parts of at most `rowsAPart`, the next one fetched when it is asked for; one part without
 * rows where there are none. Uses a connection of its own: leaving the loop, or the signal, ends the query too.
 * @throws Refused when QuestDB does not take the statement, UserError when it does not answer
 */
export async function* readAnswer(
  address: QuestDbAddress,
  text: string,
  rowsAPart: number,
  signal?: AbortSignal,
): AsyncGenerator<Answer> {
  const client = new pg.Client({ ...connectionTo(address), types: { getTypeParser } });
  // A connection that breaks also fails the read that waits for it.
  client.on('error', () => {});
  const end = () => void client.end();
  try {
    await client.connect();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', end, { once: true });
    const cursor = client.query(new Cursor<Value[]>(text, [], { rowMode: 'array' }));
    for (let part = 0; ; part++) {
      const answer = await next(cursor, rowsAPart);
      if (answer.rows.length > 0 || part === 0) yield answer;
      if (answer.rows.length < rowsAPart) return;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof pg.DatabaseError)
      throw new Refused(cause.message, cause.position === undefined ? undefined : Number(cause.position) - 1);
    throw noAnswer(address, cause);
  } finally {
    signal?.removeEventListener('abort', end);
    await client.end();
  }
}

function next(cursor: Cursor<Value[]>, rows: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    cursor.read(rows, (error, read, result) => {
      if (error) return reject(error);
      const columns = result.fields.map(({ name, dataTypeID }) => ({ name, kind: kinds.get(dataTypeID) ?? 'text' }));
      resolve({ columns, rows: read });
    });
  });
}

const oid = pg.types.builtins;
const doubles = 1022;
const kinds = new Map<number, Kind>([
  [oid.TIMESTAMP, 'time'],
  [oid.FLOAT4, 'double'],
  [oid.FLOAT8, 'double'],
  [oid.INT2, 'number'],
  [oid.INT4, 'number'],
  [oid.INT8, 'number'],
  [oid.NUMERIC, 'number'],
  [oid.BOOL, 'boolean'],
  [doubles, 'array'],
]);

function getTypeParser(type: number): (text: string) => Value {
  if (type === oid.NUMERIC) return (text) => text;
  if (type === oid.INT8) return (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
  return parsers[kinds.get(type) ?? 'text'];
}

const parsers: Record<Kind, (text: string) => Value> = {
  // Without a zone, and means UTC.
  time: (text) => `${text.replace(' ', 'T')}Z`,
  double: Number,
  number: Number,
  boolean: (text) => text === 't',
  array: (text) => JSON.parse(text.replaceAll('{', '[').replaceAll('}', ']').replaceAll('NULL', 'null')),
  text: (text) => text,
};
