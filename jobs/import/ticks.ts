import { statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportStates } from '#ingest/archives/import_state.ts';
import { partBytes } from '#ingest/archives/line_parts.ts';
import type { TickFile } from '#ingest/archives/tick_file.ts';
import { openLoader } from '#ingest/archives/tick_loader.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import type { Config } from '#lib/config.ts';
import type { Logger } from '#lib/log.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { closeImported } from './close_imported.ts';
import { type Imported, resultOf, type TickImportResult } from './result.ts';
import { importTickFile, isStored } from './tick_file.ts';

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
 * @throws UserError when a file cannot be read, or QuestDB does not take its rows; what was stored before stays
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
  const directory = join(config.dataDir, 'imports');
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(join(directory, 'scratch-'));
  const sizes = files.map(({ path }) => statSync(path).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const imported: Imported[] = [];
  try {
    const loader = await openLoader(db, config, scratch);
    if (loader.way === 'csv')
      log.info('this QuestDB does not read our files: importing by CSV, which is slower than Parquet');
    let before = 0;
    for (const [index, file] of files.entries()) {
      const id = states.idOf(file);
      if (options.restart) states.forget(id);
      let state = states.load(id, file.path);
      const already = state.done && (await isStored(db, file, state));
      // Its rows have gone from the database since.
      if (state.done && !already) state = states.anew(file.path);
      if (!already)
        await importTickFile({ db, log, loader, scratch, partBytes: options.partBytes ?? partBytes }, file, id, state, {
          save: () => states.save(id, state),
          progress: (share) => onProgress(before + share * sizes[index], total, file.path),
        });
      before += sizes[index];
      imported.push({ file, state, already, save: () => states.save(id, state) });
    }
    onProgress(total, total, 'closing');
    await closeImported(context.closeClient, imported);
    return resultOf(imported, loader.way, (performance.now() - began) / 1000);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
