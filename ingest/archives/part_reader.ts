import { rename, rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { bind, type Parameters } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { statement } from '#sql/read.ts';
import type { PartReading, RowOf } from '#sql/rows.ts';
import { hasBook, rawTicks, refusedRaw, surveyedRows } from './tick_columns.ts';
import type { DayOfTicks, FilePart, TickFile } from './tick_file.ts';

export type RefusedRows = RowOf<'imports/rejected_by_reason'>;
export type RefusedRow = RowOf<'imports/rejected_rows'>;
type PartRows = RowOf<'imports/count_part'>;
type SurveyedRows = RowOf<'imports/survey_part'>;

const macros = [
  ...['number_of', 'shifted', 'whole_of', 'time_unit', 'micros_of', 'micros_in_range', 'micros_of_text', 'trimmed'],
  'canonical_symbol',
];

/**
 * Reads, checks and sorts the parts of a file in a DuckDB of its own, whose memory is bounded. Where the part before had no
 * refused row, the next is checked while it is written for QuestDB, and kept nowhere: that takes half the time. When it has
 * refused rows after all, it is read again the other way, which keeps them as they came.
 */
export class PartReader {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #draftFile: string | undefined;
  /** Whether the current part has been written to the draft. */
  #drafted = false;
  #expectSound = true;
  #book = true;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, draftFile: string | undefined) {
    this.#instance = instance;
    this.#connection = connection;
    this.#draftFile = draftFile;
  }

  /**
   * @param scratch a folder for what does not fit in memory
   * @param draft where parts may be written as Parquet before they are known to be sound, beside those that are
   */
  static async open(scratch: string, draft?: string): Promise<PartReader> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '1GB',
      temp_directory: scratch,
      autoinstall_known_extensions: 'false',
    });
    const reader = new PartReader(instance, await instance.connect(), draft);
    await reader.#connection.run("SET TimeZone = 'UTC'");
    for (const macro of macros) await reader.#run(`imports/macros/${macro}`);
    await reader.#run('imports/remember_nothing');
    return reader;
  }

  /** Looks at a part without taking anything of it; the current one stays what it is only until then. */
  async survey(part: FilePart): Promise<SurveyedRows[]> {
    if (part.lines) await this.#run('imports/read_cells', part.lines);
    await this.#connection.run(surveyedRows(part.reading));
    return this.#rows('imports/survey_part');
  }

  /** Makes a part the current one. `now`: when the import began. `rows` counts refused ones too. */
  async read(file: TickFile, part: FilePart, now: Micros): Promise<{ rows: number; remarked: number }> {
    if (part.lines) await this.#run('imports/read_cells', part.lines);
    await this.#connection.run(rawTicks(part.reading));
    await this.#run('imports/check_rows', { now, numbered: file.numbered, received_at: now });
    this.#book = hasBook(part.reading);
    // Rows without an id are numbered, for which they must be kept.
    const draft = this.#expectSound && file.numbered ? await this.#draft() : undefined;
    this.#drafted = draft?.refused === 0;
    if (draft && this.#drafted) return draft;
    const kept = await this.#keep(file, part);
    this.#expectSound = kept.refused === 0;
    return kept;
  }

  async #draft(): Promise<PartRows | undefined> {
    if (this.#draftFile === undefined) return undefined;
    await this.#write('checked', this.#draftFile);
    await this.#run('imports/take_draft', { file: this.#draftFile });
    return this.#counted('imports/count_draft');
  }

  async #keep(file: TickFile, part: FilePart): Promise<PartRows> {
    await this.#run('imports/keep_part');
    const counted = await this.#counted('imports/count_part');
    const filling = refusedRaw(part.reading);
    if (filling && counted.refused > 0) await this.#connection.run(filling);
    if (!file.numbered) {
      await this.#run('imports/number_rows');
      await this.#run('imports/remember_edges');
    }
    await this.#run('imports/take_sound_rows');
    return counted;
  }

  async #counted(name: 'imports/count_draft' | 'imports/count_part'): Promise<PartRows> {
    const [counted] = await this.#rows(name);
    return counted;
  }

  async days(): Promise<DayOfTicks[]> {
    const rows = await this.#rows('imports/days_of_part');
    return rows.map(({ priced_from: pricedFrom, priced_to: pricedTo, ...row }) => ({ ...row, pricedFrom, pricedTo }));
  }

  async refused(): Promise<RefusedRows[]> {
    return this.#drafted ? [] : this.#rows('imports/rejected_by_reason');
  }

  refusedRows(most: number): Promise<RefusedRow[]> {
    return this.#rows('imports/rejected_rows', { most });
  }

  /**
   * Writes the sound rows, sorted by time.
   * @returns whether any column of the book is among them
   */
  async writeParquet(file: string): Promise<{ book: boolean }> {
    const [{ back }] = await this.#rows('imports/count_disorder');
    // Most archives are in order, and sorting takes as long as everything else.
    const disorder = back > 0;
    if (!this.#drafted) {
      if (disorder) await this.#run('imports/sort_rows');
      await this.#write('sound_rows', file);
    } else if (disorder) await this.#run('imports/sort_draft', { draft: this.#draftFile!, file });
    else await rename(this.#draftFile!, file);
    return { book: this.#book };
  }

  #write(rows: 'checked' | 'sound_rows', file: string): Promise<void> {
    return this.#run(this.#book ? 'imports/write_parquet' : 'imports/write_prints', { rows, file });
  }

  async writeCsv(file: string, { venue, source }: TickFile): Promise<void> {
    await this.#run('imports/write_csv', { file, venue, source });
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    if (this.#draftFile !== undefined) await rm(this.#draftFile, { force: true });
  }

  async #run(name: string, parameters?: Parameters): Promise<void> {
    await this.#connection.run(bind(statement(name), parameters));
  }

  /** Counts and times come as numbers, as they do from QuestDB. */
  async #rows<Name extends PartReading>(name: Name, parameters?: Parameters): Promise<RowOf<Name>[]> {
    const result = await this.#connection.runAndReadAll(bind(statement(name), parameters));
    const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    return result.convertRowObjects(plain) as RowOf<Name>[];
  }
}
