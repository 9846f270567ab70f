import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '#lib/errors.ts';
import { digest, type Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { exportParquet, readFrame } from '#lib/questdb/parquet.ts';
import { featureTimeframes } from '#lib/timeframe.ts';
import { readMetadata } from '#models/artifact.ts';
import { modelNames } from '#models/catalogue.ts';
import { inputSets } from '#models/inputs.ts';
import { walks } from '#models/validation/walk_forward.ts';

const parameters = z.record(z.string(), z.number());

/** What of a run's metadata it takes to do the run again, and to see whether the same came out. */
const recordedSchema = z.object({
  model: z.enum(modelNames),
  timeframe: z.enum(featureTimeframes),
  horizon: z.int().min(1),
  folds: z.int().min(1),
  walk: z.enum(walks),
  embargo_bars: z.int().min(0),
  initial_share: z.number().gt(0).lt(1),
  seed: z.int().min(0),
  fee_bp: z.number().min(0),
  shuffled: z.boolean(),
  chance_baseline: z.boolean().optional(),
  candidates: z
    .array(
      z.object({
        name: z.string(),
        engine: z.string(),
        inputs: z.enum(inputSets).optional(),
        parameters,
        ofFolds: z.array(parameters).optional(),
      }),
    )
    .min(1),
  frame: z.object({ file: z.string(), digest: z.string(), statement: z.string() }),
  engine: z.string(),
  value: z.number(),
  baseline: z.number(),
  skill: z.number(),
  p_value: z.number(),
  model_digest: z.string(),
  code_version: z.string(),
});

export type RecordedRun = z.infer<typeof recordedSchema>;

/** @throws UserError when there is no such run, or its metadata are missing or do not say all */
export async function recordedRun(
  db: QuestDb,
  dataDir: string,
  runId: string,
): Promise<{ run: RecordedRun; directory: string }> {
  const [row] = await db.rows('runs/by_id', { run_id: runId });
  if (!row) throw new UserError(`There is no run ${runId}.`, 'See ./tickforest report for the ids.');
  const directory = join(dataDir, row.artifact);
  const parsed = recordedSchema.safeParse(readMetadata<object>(directory));
  if (parsed.success) return { run: parsed.data, directory };
  const wrong = parsed.error.issues.map(({ path }) => path.join('.'));
  throw new UserError(
    `The metadata of run ${runId} do not say how to do it again: ${wrong.join(', ')} is missing or wrong.`,
    'Train again; runs of older versions cannot be reproduced.',
  );
}

/**
 * The rows that a run was trained on, from the file that was kept of them.
 * @param refetch whether a file that is gone is made again by the recorded statement
 * @throws UserError when the file is gone or has other content
 */
export async function recordedFrame(
  db: QuestDb,
  dataDir: string,
  { frame: { file, digest: recorded, statement } }: RecordedRun,
  refetch: boolean,
): Promise<Frame> {
  const path = join(dataDir, file);
  if (existsSync(path)) {
    const { frame } = await readFrame(path);
    if (digest(frame) === recorded) return frame;
    throw new UserError(
      `The frame ${path} is not what the run was trained on: its content has not the recorded digest ${recorded}.`,
      'Remove the file and make it again with --refetch.',
    );
  }
  if (!refetch)
    throw new UserError(
      `The frame ${path} that the run was trained on is gone.`,
      "Make it again with --refetch, by the statement that is kept as frame.statement in the run's metadata.json.",
    );
  const incoming = `${path}.${process.pid}.new`;
  try {
    await exportParquet(db, statement, incoming);
    const { frame } = await readFrame(incoming);
    if (digest(frame) !== recorded)
      throw new UserError(
        `The recorded statement gives other rows today than the run was trained on: their digest is not ${recorded}.`,
        'Candles or features have changed since; only a copy of the frame could reproduce the run. Train again.',
      );
    renameSync(incoming, path);
    return frame;
  } finally {
    rmSync(incoming, { force: true });
  }
}
