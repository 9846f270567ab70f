import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { type TrainingWindow, trainingStatement } from '#features/frames/training.ts';
import { UserError } from '#lib/errors.ts';
import { describeExclusions, type Exclusion, type Frame, FrameHash } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { digestOfFile, exportParquet, readFrame } from '#lib/questdb/parquet.ts';

/** The rows of a window as a file, which is the record of what was trained on. */
export interface KeptFrame {
  /** Of its content. */
  digest: string;
  /** Relative to the data directory. */
  file: string;
}

/** Rows of a window have values that no model can be trained on. */
export class NotFiniteError extends UserError {
  readonly excluded: readonly Exclusion[];

  constructor(excluded: readonly Exclusion[]) {
    super(
      `The frame has values that are not finite: ${describeExclusions(excluded)}.`,
      'See ./tickforest check quality: mend the candles that lack something, or leave such symbols out with --symbols.',
    );
    this.excluded = excluded;
  }
}

/** Reads a kept frame from the path of its file. */
export type LoadFrame = (path: string) => Promise<Frame>;

/**
 * Exports the frame of a window and keeps its file under the digest of its content: runs on the same data share it. It is
 * not held in memory.
 * @throws NotFiniteError when a value is not finite
 */
export async function keepFrame(db: QuestDb, dataDir: string, window: TrainingWindow): Promise<KeptFrame> {
  const incoming = join(dataDir, 'frames', `incoming-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`);
  try {
    await exportParquet(db, trainingStatement(window), incoming);
    const digest = await digestOfFile(incoming);
    if (digest === undefined) {
      const { excluded } = await readFrame(incoming);
      throw new NotFiniteError(excluded);
    }
    const file = join('frames', `${digest}.parquet`);
    if (!existsSync(join(dataDir, file))) renameSync(incoming, join(dataDir, file));
    return { digest, file };
  } finally {
    rmSync(incoming, { force: true });
  }
}

/**
 * The frame that was kept of a window; where its file is gone, it is exported again.
 * @param load how its file is read
 * @throws UserError when the rows of the window are others by now
 */
export async function frameOf(
  db: QuestDb,
  dataDir: string,
  window: TrainingWindow,
  kept: KeptFrame,
  load: LoadFrame,
): Promise<Frame> {
  const path = join(dataDir, kept.file);
  if (!existsSync(path) && (await keepFrame(db, dataDir, window)).digest !== kept.digest)
    throw new UserError(
      'The rows that this began with are not those of its window any more.',
      'Candles or features have changed meanwhile: run the command again.',
    );
  return load(path);
}

/**
 * Reads a kept frame, whose file is named after its digest.
 * @param shared whether threads shall share its memory
 * @throws UserError when the content is not what it is named after
 */
export async function loadFrame(path: string, shared = false): Promise<Frame> {
  const { frame } = await readFrame(path, shared);
  const hash = new FrameHash(frame, [...frame.columns.keys()]);
  for (const values of frame.columns.values()) {
    hash.add(values);
    // A large frame takes a second, and others wait for this thread.
    await pause();
  }
  if (hash.end() === basename(path, '.parquet')) return frame;
  throw new UserError(`The frame ${path} is not what was kept there.`, 'Remove the file and run the command again.');
}
