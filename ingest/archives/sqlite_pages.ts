import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { reasonOf, UserError } from '#lib/errors.ts';

/** Rows as lines, in the order of their rowid. */
export interface SqlitePart {
  text: string[];
  rows: number;
  /** The last rowid in it. */
  end: number;
}

/** Rows in one query: SQLite itself joins them to one text, which is many times faster than a call for each row. */
const pageRows = 2_000;

/** Separates the cells: text of JSON has no control characters. */
export const unitSeparator = 31;

const columns = ['id', 'ts_ms', 'symbol', 'price', 'raw_json'];

/** Doubles with all their digits; line breaks in JSON are white space. */
const pages = `
  SELECT max(rowid) AS last, count(*) AS rows, group_concat(line, char(10)) AS text
  FROM (
    SELECT
      rowid,
      coalesce(id, rowid) || char(31) || coalesce(ts_ms, '') || char(31) || coalesce(symbol, '') || char(31)
        || CASE typeof(price) WHEN 'real' THEN format('%!.17g', price) ELSE coalesce(price, '') END || char(31)
        || replace(replace(replace(coalesce(raw_json, ''), char(10), ' '), char(13), ' '), char(31), ' ') AS line
    FROM ticks
    WHERE rowid > ?
    ORDER BY rowid
    LIMIT ${pageRows}
  )`;

/** The older database of ticks, opened for reading only. */
export class SqliteTicks {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #pages: StatementSync;
  readonly first: number;
  readonly last: number;

  /** @throws UserError when the file is no such database */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#database = new DatabaseSync(path, { readOnly: true });
      const present = this.#database.prepare('PRAGMA table_info(ticks)').all();
      const lacking = columns.filter((name) => !present.some((column) => column.name === name));
      if (lacking.length > 0)
        throw new UserError(
          `${path} has no table ticks with ${lacking.join(', ')}.`,
          'The older database has ticks(id, ts_ms, ts_iso, symbol, price, source, raw_json).',
        );
      this.#pages = this.#database.prepare(pages);
      const ends = this.#database.prepare('SELECT min(rowid) AS first, max(rowid) AS last FROM ticks').get();
      this.first = Number(ends?.first ?? 0);
      this.last = Number(ends?.last ?? 0);
    } catch (cause) {
      throw cause instanceof UserError ? cause : this.#damaged(cause);
    }
  }

  /** Of all rows, as they are written there. */
  symbols(): string[] {
    try {
      const rows = this.#database.prepare('SELECT DISTINCT symbol FROM ticks WHERE symbol IS NOT NULL').all();
      return rows.map(({ symbol }) => String(symbol));
    } catch (cause) {
      throw this.#damaged(cause);
    }
  }

  /** @throws UserError when the database cannot be read to its end */
  async *parts(from: number, bytes: number): AsyncGenerator<SqlitePart> {
    let part: SqlitePart = { text: [], rows: 0, end: from };
    let size = 0;
    for (;;) {
      const page = this.#page(part.end);
      if (page.rows === 0) break;
      part.text.push(page.text);
      part.rows += page.rows;
      part.end = page.last;
      size += page.text.length;
      if (size >= bytes) {
        yield part;
        part = { text: [], rows: 0, end: part.end };
        size = 0;
      }
      // SQLite is read in this thread, which has answers of QuestDB to take as well.
      await breathe();
    }
    if (part.rows > 0) yield part;
  }

  close(): void {
    this.#database.close();
  }

  #page(after: number) {
    try {
      return this.#pages.get(after) as { last: number; rows: number; text: string };
    } catch (cause) {
      throw this.#damaged(cause);
    }
  }

  #damaged(cause: unknown): UserError {
    return new UserError(
      `${this.#path} could not be read as an SQLite database: ${reasonOf(cause)}.`,
      'Copy it again while nothing writes to it.',
      { cause },
    );
  }
}
