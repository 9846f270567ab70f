import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { bind, type Parameters, statement } from '#lib/questdb/statement.ts';
import type { Micros } from '../feed.ts';
import { rawTicks, refusedRaw } from './tick_columns.ts';
import type { FilePart, TickFile } from './tick_file.ts';

/** The sound rows of one symbol, kind and UTC day. Times in microseconds, inclusive. */
export interface DayOfTicks {
  symbol: string;
  kind: 'trade' | 'quote';
  day: number;
  rows: number;
  first: Micros;
  last: Micros;
  /** Of the rows that have a price; null where none has. */
  pricedFrom: Micros | null;
  pricedTo: Micros | null;
  buys: number;
  sells: number;
}

export interface RefusedRows {
  reason: string;
  rows: number;
  example: string | null;
}

export interface RefusedRow {
  symbol: string | null;
  reason: string;
  raw: string | null;
}

const macros = ['number_of', 'shifted', 'micros_of_number', 'micros_in_range', 'canonical_symbol'];

/** Reads, checks and sorts the parts of a file in a DuckDB of its own, whose memory is bounded. */
export class PartReader {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(scratch: string): Promise<PartReader> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '1GB',
      temp_directory: scratch,
      autoinstall_known_extensions: 'false',
    });
    const reader = new PartReader(instance, await instance.connect());
    await reader.#connection.run("SET TimeZone = 'UTC'");
    for (const macro of macros) await reader.#run(`macros/${macro}`);
    await reader.#run('told_nothing');
    return reader;
  }

  /** Makes a part the current one. `now`: when the import began. `rows` counts refused ones too. */
  async read(file: TickFile, part: FilePart, now: Micros): Promise<{ rows: number; remarked: number }> {
    if (part.lines) await this.#run('cells', part.lines);
    await this.#connection.run(rawTicks(part.reading));
    await this.#run('part', { now, numbered: file.numbered, received_at: now });
    const filling = refusedRaw(part.reading);
    if (filling && (await this.refused()).length > 0) await this.#connection.run(filling);
    if (!file.numbered) {
      await this.#run('number');
      await this.#run('told');
    }
    const [{ rows, remarked }] = await this.#rows<{ rows: bigint; remarked: bigint }>('part_rows');
    return { rows: Number(rows), remarked: Number(remarked) };
  }

  async days(): Promise<DayOfTicks[]> {
    const rows = await this.#rows<{ [name: string]: unknown }>('days');
    return rows.map((row) => ({
      symbol: row.symbol as string,
      kind: row.kind as 'trade' | 'quote',
      day: Number(row.day),
      rows: Number(row.rows),
      first: Number(row.first),
      last: Number(row.last),
      pricedFrom: row.priced_from === null ? null : Number(row.priced_from),
      pricedTo: row.priced_to === null ? null : Number(row.priced_to),
      buys: Number(row.buys),
      sells: Number(row.sells),
    }));
  }

  async refused(): Promise<RefusedRows[]> {
    const rows = await this.#rows<{ reason: string; rows: bigint; example: string | null }>('rejected');
    return rows.map((row) => ({ ...row, rows: Number(row.rows) }));
  }

  refusedRows(most: number): Promise<RefusedRow[]> {
    return this.#rows<{ symbol: string | null; reason: string; raw: string | null }>('rejected_rows', { most });
  }

  /** Writes the sound rows, sorted by time. */
  async writeParquet(file: string): Promise<void> {
    const [{ back }] = await this.#rows<{ back: bigint }>('disorder');
    // Most archives are in order, and sorting takes as long as everything else.
    if (back > 0n) await this.#run('sort');
    await this.#run('write_parquet', { file });
  }

  async writeCsv(file: string, { venue, source }: TickFile): Promise<void> {
    await this.#run('write_csv', { file, venue, source });
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #run(name: string, parameters?: Parameters): Promise<void> {
    await this.#connection.run(bind(statement(`imports/${name}`), parameters));
  }

  async #rows<Row>(name: string, parameters?: Parameters): Promise<Row[]> {
    const text = bind(statement(`imports/${name}`), parameters);
    return (await this.#connection.runAndReadAll(text)).getRowObjects() as Row[];
  }
}
