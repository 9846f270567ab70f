import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchTrainingFrame, type TrainingWindow } from '#features/frames/training.ts';
import { UserError } from '#lib/errors.ts';
import { describeExclusions, digest, type Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';

export interface KeptFrame {
  frame: Frame;
  /** Of its content. */
  digest: string;
  /** Relative to the data directory. */
  file: string;
}

/**
 * Fetches the frame of a window and keeps its file under the digest of its content: runs on the same data share it.
 * @throws UserError when a value is not finite
 */
export async function keepFrame(db: QuestDb, dataDir: string, window: TrainingWindow): Promise<KeptFrame> {
  const incoming = join(dataDir, 'frames', `incoming-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`);
  const { frame, excluded } = await fetchTrainingFrame(db, window, incoming);
  if (excluded.length > 0) {
    rmSync(incoming, { force: true });
    throw new UserError(
      `The frame has values that are not finite: ${describeExclusions(excluded)}.`,
      'See ./tickforest check quality: mend the candles that lack something, or leave such symbols out with --symbols.',
    );
  }
  const content = digest(frame);
  const file = join('frames', `${content}.parquet`);
  if (existsSync(join(dataDir, file))) rmSync(incoming, { force: true });
  else renameSync(incoming, join(dataDir, file));
  return { frame, digest: content, file };
}
