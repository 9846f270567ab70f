import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchTrainingFrame } from '#features/frames/training.ts';
import { prepareWindow } from '#jobs/train/window.ts';
import { UserError } from '#lib/errors.ts';
import { column, describeExclusions, type Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { modelNamed, modelNames } from '#models/catalogue.ts';
import { featuresOf, rowsBetween } from '#models/frame_rows.ts';
import { writePacked } from '#models/packed.ts';

/** Input columns of the benchmark: so many, so that its figures stay comparable when features are added. */
const columns = 97;

export const horizon = 5;

/** The benchmark's rows, in memory and in a file for processes of their own. */
export interface Rows {
  frame: Frame;
  /** The first 97 input columns. */
  features: string[];
  /** Packed: these columns and the targets of all models, by name. */
  file: string;
}

/** Makes the rows when they are first asked for. */
export type RecordedRows = () => Promise<Rows>;

/** The newest rows of the recorded bars, by the pipeline's own features, labels and frame. */
export function recordedRows(from: {
  db: QuestDb;
  venue: string;
  symbols: number;
  rows: number;
  directory: string;
  onProgress: (what: string) => void;
}): RecordedRows {
  let made: Promise<Rows> | undefined;
  return () => {
    made ??= makeRows(from);
    return made;
  };
}

async function makeRows({ db, venue, symbols, rows, directory, onProgress }: Parameters<typeof recordedRows>[0]) {
  const bars = Math.ceil(rows / symbols);
  onProgress(`rows: features and labels of ${bars} bars of ${symbols} symbols`);
  const request = { configured: [], venue, timeframe: '1m', horizon, symbols, bars } as const;
  const { window } = await prepareWindow(db, request);
  const fetched = await fetchTrainingFrame(db, window, join(directory, 'rows.parquet'));
  if (fetched.excluded.length > 0 || fetched.frame.rows < rows)
    throw new UserError(
      `The recorded bars give ${fetched.frame.rows} rows of ${rows}: ${describeExclusions(fetched.excluded)}.`,
      'Ask for fewer rows with --rows.',
    );
  const frame = rowsBetween(fetched.frame, fetched.frame.rows - rows, fetched.frame.rows);
  const features = featuresOf(frame).slice(0, columns);
  const names = new Set([...features, ...modelNames.map((name) => modelNamed(name).target)]);
  const file = join(directory, 'rows.bin');
  const arrays = Object.fromEntries([...names].map((name) => [name, column(frame, name)]));
  writeFileSync(file, writePacked({ header: null, arrays }));
  return { frame, features, file };
}
