import { statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ImportStates } from '#ingest/archives/import_state.ts';
import { partBytes } from '#ingest/archives/line_parts.ts';
import { PartReader } from '#ingest/archives/part_reader.ts';
import type { Survey, TickFile } from '#ingest/archives/tick_file.ts';
import { openLoader } from '#ingest/archives/tick_loader.ts';
import { extentsOf } from '#ingest/gaps/extents.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { closeImported } from './close_imported.ts';
import type { Imported } from './imported.ts';
import { resultOf, type TickImportResult } from './result.ts';
import { importTickFile, isStored, storedRows } from './tick_file.ts';

export interface TickImportContext {
  db: QuestDb;
  config: Config;
  closeClient: CloseClient;
  log: Logger;
}

export interface TickImportOptions {
  /** Begin anew even where a file is known to be in. */
  restart?: boolean;
  /** Text in one part; what a part takes in memory is a few times that. */
  partBytes?: number;
}

/**
 * Brings files of ticks in and has the closer make their bars. A file that is in already is not read again; an interrupted
 * one goes on where it was. Importing the same rows twice changes nothing.
 * @param onProgress told bytes done, bytes in all and the file at hand
 * @throws UserError when a file cannot be read, once all others are in, or when QuestDB does not take rows; what was stored
 *   before stays
 */
export async function importTicks(
  context: TickImportContext,
  files: readonly TickFile[],
  options: TickImportOptions = {},
  onProgress: (done: number, total: number, what: string) => void = () => {},
): Promise<TickImportResult> {
  const began = performance.now();
  const { db, config, log } = context;
  const states = new ImportStates(config.dataDir);
  const others = states.all();
  const directory = join(config.dataDir, 'imports');
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(join(directory, 'scratch-'));
  const sizes = files.map(({ path }) => statSync(path).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const before = new Map<string, Survey['stretches']>();
  for (const venue of new Set(files.map((file) => file.venue)))
    before.set(venue, Object.fromEntries(await extentsOf(db, venue)));
  const imported: Imported[] = [];
  // One file does not decide for all.
  const failed: UserError[] = [];
  let reader: PartReader | undefined;
  try {
    const loader = await openLoader(db, config, scratch);
    reader = await PartReader.open(scratch, loader.draft(basename(scratch)));
    if (loader.way === 'csv')
      log.info('this QuestDB does not read our files: importing by CSV, which is slower than Parquet');
    const tools = { db, log, loader, reader, scratch, others, partBytes: options.partBytes ?? partBytes };
    let done = 0;
    for (const [index, file] of files.entries()) {
      const id = states.idOf(file);
      if (options.restart) states.forget(id);
      let state = states.load(id, file);
      const already = state.done && (await isStored(db, file, state));
      // Its rows have gone from the database since.
      if (state.done && !already) state = states.anew(file);
      const save = () => states.save(id, state);
      if (already) done += sizes[index];
      else {
        if (state.position === 0) state.before = before.get(file.venue)!;
        try {
          await importTickFile(tools, file, id, state, {
            save,
            progress: (share) => onProgress(done + share * sizes[index], total, file.path),
          });
        } catch (error) {
          if (!(error instanceof UserError) || error.transient) throw error;
          failed.push(error);
          continue;
        } finally {
          done += sizes[index];
          others.push(state);
        }
      }
      imported.push({ file, state, already, save });
    }
    await finish(db, imported);
    onProgress(total, total, 'closing');
    const coverage = await closeImported(context, imported);
    if (failed.length > 0) throw notAll(failed, files.length);
    return resultOf(imported, coverage, loader.way, (performance.now() - began) / 1000);
  } finally {
    await reader?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function notAll(failed: readonly UserError[], files: number): UserError {
  const [first] = failed;
  if (files === 1) return first;
  return new UserError(
    `${failed.length} of ${files} files could not be imported, the others are: ${failed.map(({ message }) => message).join(' ')}`,
    first.remedy,
    { cause: first },
  );
}

/** What QuestDB has of each file is counted once it shows all of them: waiting for each would take most of the time. */
async function finish(db: QuestDb, imported: readonly Imported[]): Promise<void> {
  await db.applied(['ticks']);
  for (const { file, state, save } of imported) {
    if (state.done) continue;
    state.stored = await storedRows(db, file, state);
    state.done = true;
    save();
  }
}
