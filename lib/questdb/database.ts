import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { basic } from '#lib/basic_authentication.ts';
import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { statement } from '#sql/read.ts';
import type { Reading, RowOf } from '#sql/rows.ts';
import { bind, type Parameters, type Prepared, prepare } from './statement.ts';

export type Row = Record<string, unknown>;

/** Where a QuestDB answers, embedded or your own. */
export type QuestDbAddress = Pick<
  Config['questdb'],
  'httpPort' | 'pgPort' | 'user' | 'password' | 'database' | 'tls' | 'tlsVerify'
> & {
  host: string;
  /** Whether it is ours and not yours. */
  embedded: boolean;
};

// QuestDB sends timestamps without a zone and means UTC; doubles as text. LONGs stay numbers where that is exact.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.TIMESTAMP, (text: string) => new Date(`${text.replace(' ', 'T')}Z`));
types.setTypeParser(pg.types.builtins.INT8, (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
});

/** How the PostgreSQL wire is reached. */
export function connectionTo(address: QuestDbAddress): pg.ClientConfig {
  const { host, user, password, database } = address;
  return {
    ...{ host, port: address.pgPort, user, password, database },
    ssl: address.tls ? { rejectUnauthorized: address.tlsVerify } : false,
    connectionTimeoutMillis: 10_000,
  };
}

/** What to say where a server does not answer, yours or the embedded one. */
export function noAnswer({ host, pgPort, embedded }: QuestDbAddress, cause: unknown): UserError {
  return new UserError(
    `QuestDB at ${host}:${pgPort} did not answer (${reasonOf(cause)}).`,
    embedded
      ? 'Its log is logs/questdb.log in the data directory.'
      : 'Is it running? Check questdb.host and questdb.pgPort.',
    { cause, transient: true },
  );
}

/**
 * Access to QuestDB. Statements go over the PostgreSQL wire, bulk data over HTTP (CSV in, Parquet out). Statements are
 * files of `sql/`, called by name: `db.rows('candles/newest_tick', { venue })`.
 */
export class QuestDb {
  readonly address: QuestDbAddress;
  readonly #pool: pg.Pool;

  /**
   * @param answerMs how long a statement may be without an answer
   * @param connectMs how long the server may take to accept a connection
   */
  constructor(address: QuestDbAddress, answerMs = 120_000, connectMs = 10_000) {
    this.address = address;
    const connection: pg.ClientConfig = {
      ...connectionTo(address),
      connectionTimeoutMillis: connectMs,
      // The server gives up on a statement after a minute, and says so. One that has said nothing for twice as long never
      // will: who waits for it would wait for ever.
      query_timeout: answerMs,
      keepAlive: true,
      types,
    };
    this.#pool = new pg.Pool({
      max: 4,
      // QuestDB keeps its plans by connection: those of the statements of each minute have to outlive that minute.
      idleTimeoutMillis: 600_000,
      // Until a connection is free, too: that statements of our own take long is no outage, so the clients have another one.
      connectionTimeoutMillis: answerMs,
      Client: class extends pg.Client {
        constructor() {
          super(connection);
        }
      },
    });
    // An idle connection that breaks is replaced at the next query, which then reports its own failure.
    this.#pool.on('error', () => {});
  }

  get httpUrl(): string {
    return `${this.address.tls ? 'https' : 'http'}://${this.address.host}:${this.address.httpPort}`;
  }

  /** Rows of the statement file `sql/<name>.sql`. Timestamps come as `Date` (whole milliseconds). */
  async rows<Name extends Reading>(name: Name, parameters?: Parameters): Promise<RowOf<Name>[]> {
    return this.query<RowOf<Name>>(bind(statement(name), parameters));
  }

  /** The same for statements that are run again and again: their timestamps are sent beside the text. */
  async preparedRows<Name extends Reading>(name: Name, parameters: Parameters): Promise<RowOf<Name>[]> {
    return this.query<RowOf<Name>>(prepare(statement(name), parameters));
  }

  /** Runs the statement file and waits for the answer, not for visibility: see `applied`. */
  async run(name: string, parameters?: Parameters): Promise<void> {
    await this.query(bind(statement(name), parameters));
  }

  /** The same for statements that are run again and again: their timestamps are sent beside the text. */
  async preparedRun(name: string, parameters: Parameters): Promise<void> {
    await this.query(prepare(statement(name), parameters));
  }

  /** Rows of a statement given as text, or as text with bind variables; for composed statements and tests. */
  async query<T extends Row = Row>(statement: string | Prepared): Promise<T[]> {
    const { text, values } = typeof statement === 'string' ? { text: statement, values: [] } : statement;
    try {
      return (await this.#pool.query<T>(text, [...values])).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.message.startsWith('invalid username/password'))
        throw new UserError(
          `QuestDB at ${this.address.host}:${this.address.pgPort} does not let the user ${this.address.user} in.`,
          this.address.embedded
            ? 'Stop it with ./tickforest down; the next command starts it with the credentials of the data directory.'
            : 'Check questdb.user and questdb.password (TICKFOREST_QUESTDB_PASSWORD).',
          { cause: error },
        );
      if (error instanceof pg.DatabaseError)
        throw new Error(`QuestDB: ${error.message} in: ${text.slice(0, 400)}`, { cause: error });
      // A value of the answer that does not fit, see the type parsers above.
      if (error instanceof RangeError) throw error;
      throw noAnswer(this.address, error);
    }
  }

  /**
   * Waits until what was written to these tables can be read. A suspended table is an error, not a wait.
   * @returns whether it had to wait
   */
  async applied(tables: readonly string[], timeoutMs = 60_000): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    for (let looks = 0; ; looks++) {
      const rows = await this.rows('checks/wal_pending', { tables });
      const suspended = rows.filter((row) => row.suspended).map((row) => row.name);
      if (suspended.length > 0)
        throw new UserError(
          `QuestDB has suspended ${suspended.join(', ')}: nothing written there can be read.`,
          `Workers resume it. If it stays so, is the disk full? The server's log says why. By hand: ALTER TABLE ${suspended[0]} RESUME WAL`,
          { transient: true },
        );
      if (rows.every((row) => row.pending <= 0)) return looks > 0;
      if (Date.now() > deadline)
        throw new UserError(
          `QuestDB has not applied writes to ${tables.join(', ')} within ${timeoutMs / 1000} s.`,
          'Is its disk full or its machine overloaded?',
          { transient: true },
        );
      // Mostly it is a matter of milliseconds.
      await sleep(Math.min(20, 2 + looks));
    }
  }

  /** An HTTP request to the server, authenticated. The caller checks the status. */
  async http(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', basic(this.address));
    return fetch(`${this.httpUrl}${path}`, { ...init, headers });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
