import { openAsBlob } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { importCsvFile } from '#lib/questdb/import_csv.ts';
import type { PartReader } from './part_reader.ts';
import type { TickFile } from './tick_file.ts';

/** Takes the sound rows of a part into `ticks`. */
export interface TickLoader {
  readonly way: 'parquet' | 'csv';
  /** Where a reader may write parts of the import of this id before they are known to be sound; undefined: nowhere. */
  draft(id: string): string | undefined;
  /** Removes what an interrupted import of this id has left. */
  tidy(id: string): Promise<void>;
  /**
   * Writes the current part of the reader down, after which the reader is free for the next. The promise inside resolves
   * once QuestDB has acknowledged every row.
   */
  load(reader: PartReader, file: TickFile, name: string, rows: number): Promise<{ stored: Promise<void> }>;
}

/**
 * By Parquet where the server is ours and reads files in its import folder (several times faster), else by CSV over HTTP.
 * @param scratch where files for CSV are written
 */
export async function openLoader(db: QuestDb, config: Config, scratch: string): Promise<TickLoader> {
  const folder = config.questdb.host === undefined ? await importFolder(db) : null;
  return folder === null ? csvLoader(db, scratch) : await parquetLoader(db, folder);
}

async function importFolder(db: QuestDb): Promise<string | null> {
  const [row] = await db.rows('imports/import_folder');
  return row?.value || null;
}

async function parquetLoader(db: QuestDb, folder: string): Promise<TickLoader> {
  await mkdir(folder, { recursive: true });
  return {
    way: 'parquet',
    draft: (id) => join(folder, `${id}-draft.parquet`),
    async tidy(id) {
      for (const left of await readdir(folder)) if (left.startsWith(id)) await rm(join(folder, left), { force: true });
    },
    async load(reader, { venue, source }, name) {
      const file = `${name}.parquet`;
      const path = join(folder, file);
      const { book } = await reader.writeParquet(path);
      const statement = book ? 'imports/insert_part' : 'imports/insert_prints';
      const stored = db.run(statement, { file, venue, source }).finally(() => rm(path, { force: true }));
      return { stored };
    },
  };
}

function csvLoader(db: QuestDb, scratch: string): TickLoader {
  return {
    way: 'csv',
    draft: () => undefined,
    // The scratch folder is each run's own.
    async tidy() {},
    async load(reader, file, name, rows) {
      const path = join(scratch, `${name}.csv`);
      await reader.writeCsv(path, file);
      const send = async () => importCsvFile(db, 'ticks', await openAsBlob(path), rows, ['ts', 'received_at']);
      return { stored: send().finally(() => rm(path, { force: true })) };
    },
  };
}
