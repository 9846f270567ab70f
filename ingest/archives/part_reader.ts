import { rename, rm } from 'node:fs/promises';
import type { Micros } from '#lib/time.ts';
import type { RowOf } from '#sql/rows.ts';
import { ArchiveDatabase } from './archive_database.ts';
import { hasBook, rawTicks, refusedRaw } from './tick_columns.ts';
import type { DayOfTicks, EqualRows, FilePart, Survey, TickFile } from './tick_file.ts';

export type RefusedRows = RowOf<'imports/rejected_by_reason'>;
export type RefusedRow = RowOf<'imports/rejected_rows'>;
type PartRows = RowOf<'imports/count_part'>;

/** What the rows of a file have in common beside their format. */
export interface ReadFile {
  file: TickFile;
  survey: Survey;
  /** Place among files of which each lies within one instant. */
  place: number;
  /** When its import began. */
  began: Micros;
  /** Rows of other files at the instants that it begins and ends with. */
  touching: readonly EqualRows[];
}

/**
 * Reads, checks and sorts the parts of files in a DuckDB of its own, whose memory is bounded. Where the part before had no
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
    return new PartReader(await ArchiveDatabase.open(scratch), draft);
  }

  /** Begins another file. */
  async begin({ survey, touching }: ReadFile): Promise<void> {
    for (const name of [
      'imports/take_stretches',
      'imports/take_touching',
      'imports/remember_nothing',
      'imports/forget_known',
    ])
      await this.database.run(name);
    for (const [symbol, { first, last }] of Object.entries(survey.stretches))
      await this.database.run('imports/add_stretch', { symbol, first, last });
    for (const row of touching) await this.database.run('imports/add_touching', { ...row });
    this.#expectSound = true;
  }

  /**
   * Makes a part the current one.
   * @param linesBefore rows of the file before it
   * @returns `rows` counts refused ones too; `repeated` those whose id another row of the part has
   */
  async read({ file, survey, place, began }: ReadFile, part: FilePart, linesBefore: number): Promise<PartRows> {
    if (part.lines) await this.database.run('imports/read_cells', part.lines);
    await this.database.sql(rawTicks(part.reading));
    await this.database.run('imports/check_rows', {
      ...{ now: began, received_at: began, numbered: file.numbered, lines_before: linesBefore, place },
      ...{ newest_first: survey.newestFirst, lines: survey.rows },
    });
    this.#book = hasBook(part.reading);
    // Rows without an id are numbered, for which they must be kept.
    const draft = this.#expectSound && file.numbered ? await this.#draft() : undefined;
    this.#drafted = draft?.refused === 0;
    if (draft && this.#drafted) return draft;
    const kept = await this.#keep(file, part);
    this.#expectSound = kept.refused === 0;
    return kept;
  }

  /** Whether the part has a trade with the id of one of the last instant of the part before. */
  async meetsKnown(): Promise<boolean> {
    const [{ met }] = await this.database.rows('imports/count_met');
    return met > 0;
  }

  /**
   * Tells the trades of the current part apart by id and content, among themselves and from those that are known.
   * @param stored a Parquet file of trades that QuestDB has; undefined: it has none
   */
  async settle(file: TickFile, part: FilePart, stored: string | undefined): Promise<RowOf<'imports/count_fates'>> {
    if (this.#drafted) await this.#keep(file, part);
    this.#drafted = false;
    if (stored !== undefined) await this.database.run('imports/take_stored', { file: stored });
    await this.database.run('imports/settle_ids', { numbered: file.numbered });
    const [fates] = await this.database.rows('imports/count_fates');
    return fates;
  }

  /** To be called when the current part is done with: the next one may begin within its last instant. */
  async remember(): Promise<void> {
    await this.database.run('imports/remember_trades');
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
