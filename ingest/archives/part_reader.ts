import { rename, rm } from 'node:fs/promises';
import type { Micros } from '#lib/time.ts';
import type { RowOf } from '#sql/rows.ts';
import { ArchiveDatabase } from './archive_database.ts';
import { hasBook, rawTicks, refusedRaw } from './tick_columns.ts';
import type { DayOfTicks, FilePart, TickFile } from './tick_file.ts';

export type RefusedRows = RowOf<'imports/rejected_by_reason'>;
export type RefusedRow = RowOf<'imports/rejected_rows'>;
type PartRows = RowOf<'imports/count_part'>;

/**
 * Reads, checks and sorts the parts of a file in a DuckDB of its own, whose memory is bounded. Where the part before had no
 * refused row, the next is checked while it is written for QuestDB, and kept nowhere: that takes half the time. When it has
 * refused rows after all, it is read again the other way, which keeps them as they came.
 */
export class PartReader {
  /** What `survey` looks at a file with before it is read. */
  readonly database: ArchiveDatabase;
  readonly #draftFile: string | undefined;
  /** Whether the current part has been written to the draft. */
  #drafted = false;
  #expectSound = true;
  #book = true;

  private constructor(database: ArchiveDatabase, draftFile: string | undefined) {
    this.database = database;
    this.#draftFile = draftFile;
  }

  /**
   * @param scratch a folder for what does not fit in memory
   * @param draft where parts may be written as Parquet before they are known to be sound, beside those that are
   */
  static async open(scratch: string, draft?: string): Promise<PartReader> {
    const reader = new PartReader(await ArchiveDatabase.open(scratch), draft);
    await reader.database.run('imports/remember_nothing');
    return reader;
  }

  /** Makes a part the current one. `now`: when the import began. `rows` counts refused ones too. */
  async read(file: TickFile, part: FilePart, now: Micros): Promise<{ rows: number; remarked: number }> {
    if (part.lines) await this.database.run('imports/read_cells', part.lines);
    await this.database.sql(rawTicks(part.reading));
    await this.database.run('imports/check_rows', { now, numbered: file.numbered, received_at: now });
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
    await this.database.run('imports/take_draft', { file: this.#draftFile });
    return this.#counted('imports/count_draft');
  }

  async #keep(file: TickFile, part: FilePart): Promise<PartRows> {
    await this.database.run('imports/keep_part');
    const counted = await this.#counted('imports/count_part');
    const filling = refusedRaw(part.reading);
    if (filling && counted.refused > 0) await this.database.sql(filling);
    if (!file.numbered) {
      await this.database.run('imports/number_rows');
      await this.database.run('imports/remember_edges');
    }
    await this.database.run('imports/take_sound_rows');
    return counted;
  }

  async #counted(name: 'imports/count_draft' | 'imports/count_part'): Promise<PartRows> {
    const [counted] = await this.database.rows(name);
    return counted;
  }

  async days(): Promise<DayOfTicks[]> {
    const rows = await this.database.rows('imports/days_of_part');
    return rows.map(({ priced_from: pricedFrom, priced_to: pricedTo, ...row }) => ({ ...row, pricedFrom, pricedTo }));
  }

  async refused(): Promise<RefusedRows[]> {
    return this.#drafted ? [] : this.database.rows('imports/rejected_by_reason');
  }

  refusedRows(most: number): Promise<RefusedRow[]> {
    return this.database.rows('imports/rejected_rows', { most });
  }

  /**
   * Writes the sound rows, sorted by time.
   * @returns whether any column of the book is among them
   */
  async writeParquet(file: string): Promise<{ book: boolean }> {
    const [{ back }] = await this.database.rows('imports/count_disorder');
    // Most archives are in order, and sorting takes as long as everything else.
    const disorder = back > 0;
    if (!this.#drafted) {
      if (disorder) await this.database.run('imports/sort_rows');
      await this.#write('sound_rows', file);
    } else if (disorder) await this.database.run('imports/sort_draft', { draft: this.#draftFile!, file });
    else await rename(this.#draftFile!, file);
    return { book: this.#book };
  }

  #write(rows: 'checked' | 'sound_rows', file: string): Promise<void> {
    return this.database.run(this.#book ? 'imports/write_parquet' : 'imports/write_prints', { rows, file });
  }

  async writeCsv(file: string, { venue, source }: TickFile): Promise<void> {
    await this.database.run('imports/write_csv', { file, venue, source });
  }

  async close(): Promise<void> {
    this.database.close();
    if (this.#draftFile !== undefined) await rm(this.#draftFile, { force: true });
  }
}
