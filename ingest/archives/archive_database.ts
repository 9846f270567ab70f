import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { bind, type Parameters } from '#lib/questdb/statement.ts';
import { statement } from '#sql/read.ts';
import type { PartReading, RowOf } from '#sql/rows.ts';

const macros = [
  ...['number_of', 'decimal_comma', 'shifted', 'trimmed', 'whole_of', 'time_unit', 'micros_of', 'micros_in_range'],
  ...['micros_of_text', 'side_of', 'side_of_maker', 'is_same_number', 'is_same_time'],
];

/** A DuckDB of its own for reading archives, whose memory is bounded. */
export class ArchiveDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @param scratch a folder for what does not fit in memory */
  static async open(scratch: string): Promise<ArchiveDatabase> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '160MB',
      temp_directory: scratch,
      autoinstall_known_extensions: 'false',
    });
    const database = new ArchiveDatabase(instance, await instance.connect());
    await database.sql("SET TimeZone = 'UTC'");
    // A long IN would become a join, through which DuckDB does not keep the order of rows.
    await database.sql("SET disabled_optimizers = 'in_clause'");
    for (const macro of macros) await database.run(`imports/macros/${macro}`);
    return database;
  }

  /** Runs a statement by its name. */
  run(name: string, parameters?: Parameters): Promise<void> {
    return this.sql(bind(statement(name), parameters));
  }

  async sql(text: string): Promise<void> {
    await this.#connection.run(text);
  }

  /** Counts and times come as numbers, as they do from QuestDB. */
  async rows<Name extends PartReading>(name: Name, parameters?: Parameters): Promise<RowOf<Name>[]> {
    const result = await this.#connection.runAndReadAll(bind(statement(name), parameters));
    const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    return result.convertRowObjects(plain) as RowOf<Name>[];
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
