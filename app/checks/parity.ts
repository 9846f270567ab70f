import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families } from '#features/catalogue.ts';
import { fetchInputFrame } from '#features/frames/training.ts';
import { reasonOf } from '#lib/errors.ts';
import { type Frame, vectorDigest } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { random } from '#lib/random.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe, featureTimeframes } from '#lib/timeframe.ts';
import { readArtifact } from '#models/artifact.ts';
import type { RowOf } from '#sql/rows.ts';
import { add, begin, type Checked, iso } from './finding.ts';
import { bothKinds, compareAt, unitsOf } from './recompute.ts';
import { describe } from './row_comparison.ts';
import { parametersOf, piecesOf, type Scope } from './scope.ts';

export interface ParityOptions {
  /** Where artifacts lie. */
  dataDir: string;
  /** Bars with signals, at random, whose features are computed again. */
  cuts?: number;
  seed?: number;
}

type Signal = RowOf<'checks/signals_made'>;

/**
 * Follows past signals back in two steps. The vector that a signal was made of has to be that of the stored feature row,
 * to the last bit; and stored rows have to be what their bars give, to 10^-7, for a computation from scratch has another
 * residue of sums. A row or a bar that was written anew after the signal is legitimate, and counted apart.
 */
export async function checkParity(db: QuestDb, scope: Scope, options: ParityOptions): Promise<Checked> {
  await db.applied(['signals']);
  const checked = begin(scope);
  const vectors = { signals: 0, 'vectors compared': 0, 'of rows written anew since': 0 };
  const featuresOf = modelFeatures(db, options.dataDir, checked);
  for (const timeframe of featureTimeframes) {
    const bars = new Set<Micros>();
    for (const piece of piecesOf(scope, 1)) {
      const signals = await signalsOf(db, piece, timeframe);
      if (signals.length === 0) continue;
      vectors.signals += signals.length;
      for (const { ts } of signals) bars.add(ts);
      await compareVectors(db, piece, timeframe, { signals, featuresOf, checked, vectors });
    }
    if (bars.size > 0) await compareRows(db, scope, timeframe, { bars: [...bars], checked, options });
  }
  checked.looked = { ...vectors, ...checked.looked };
  if (vectors.signals === 0) checked.notes.push('no signals yet: there is nothing to compare');
  return checked;
}

function signalsOf(db: QuestDb, piece: Scope, timeframe: FeatureTimeframe): Promise<Signal[]> {
  const { most: _, ...parameters } = parametersOf(piece);
  return db.rows('checks/signals_made', { ...parameters, timeframe });
}

type FeaturesOf = (runId: string) => Promise<readonly string[] | undefined>;

/** What each run's model reads, in its order; undefined, and noted once, where its artifact cannot be read. */
function modelFeatures(db: QuestDb, dataDir: string, checked: Checked): FeaturesOf {
  const known = new Map<string, Promise<readonly string[] | undefined>>();
  const read = async (runId: string) => {
    try {
      const [run] = await db.rows('runs/by_id', { run_id: runId });
      if (run) return readArtifact(join(dataDir, run.artifact)).trained.features;
      checked.notes.push(`signals of run ${runId} are not compared: it is in no table`);
    } catch (error) {
      checked.notes.push(`signals of run ${runId} are not compared: ${reasonOf(error)}`);
    }
    return undefined;
  };
  return (runId) => {
    if (!known.has(runId)) known.set(runId, read(runId));
    return known.get(runId)!;
  };
}

interface Vectors {
  signals: readonly Signal[];
  featuresOf: FeaturesOf;
  checked: Checked;
  vectors: { 'vectors compared': number; 'of rows written anew since': number };
}

/** Compares the signals' digests with those of the stored rows. */
async function compareVectors(
  db: QuestDb,
  { venue, symbols }: Scope,
  timeframe: FeatureTimeframe,
  { signals, featuresOf, checked, vectors }: Vectors,
): Promise<void> {
  const [from, to] = [signals[0].ts, signals[signals.length - 1].ts];
  const frame = await inputs(db, { venue, timeframe, symbols, from, to });
  const rowOf = new Map(
    Array.from(frame.ts, (ts, row) => [`${frame.symbols[frame.symbolOf[row]]} ${ts}`, row] as const),
  );
  const found: (Signal & { detail: string })[] = [];
  for (const signal of signals) {
    const features = await featuresOf(signal.run_id);
    if (!features) continue;
    const row = rowOf.get(`${signal.symbol} ${signal.ts}`);
    if (isNewer(signal)) {
      vectors['of rows written anew since']++;
      continue;
    }
    vectors['vectors compared']++;
    const missing = features.find((name) => !frame.columns.has(name));
    if (row === undefined || missing !== undefined)
      found.push({ ...signal, detail: row === undefined ? 'its feature row is gone' : `there is no ${missing} now` });
    else if (vectorDigest(frame, row, features) !== signal.vector_digest)
      found.push({ ...signal, detail: 'its feature row is another one now' });
  }
  add(checked, found, ({ ts, symbol, model, run_id, detail }) => ({
    what: `${timeframe} vector of ${model} is not that of the stored row`,
    ...{ symbol, from: iso(ts), to: iso(ts + barMicros(timeframe)), detail: `run ${run_id}: ${detail}` },
  }));
}

/** Whether the row, or the bar that it is of, was written after the signal was made. */
function isNewer({ computed_at, candle_known_at, known_at, created_at }: Signal): boolean {
  if (computed_at !== null && computed_at > created_at) return true;
  return known_at !== null && candle_known_at !== null && candle_known_at < known_at;
}

async function inputs(db: QuestDb, window: Parameters<typeof fetchInputFrame>[1]): Promise<Frame> {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-parity-'));
  try {
    return (await fetchInputFrame(db, window, join(directory, 'inputs.parquet'))).frame;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Rows {
  bars: readonly Micros[];
  checked: Checked;
  options: ParityOptions;
}

/** Computes the features of some of these bars again, the newest among them. */
async function compareRows(
  db: QuestDb,
  scope: Scope,
  timeframe: FeatureTimeframe,
  { bars, checked, options }: Rows,
): Promise<void> {
  const at = { ...scope, timeframe, files: families(timeframe), table: `features_${timeframe}` };
  const { uniform } = random(options.seed ?? 1);
  const cuts = Array.from({ length: options.cuts ?? 20 }, () => bars[Math.floor(uniform() * bars.length)]);
  const times = [...new Set([...cuts, Math.max(...bars)])].sort((a, b) => a - b);
  const units = await unitsOf(db, at);
  let [values, changed] = [0, 0];
  for (const ts of times) {
    const compared = await compareAt(db, at, ts, units);
    const [old, wrong] = bothKinds(compared);
    values += compared.values;
    changed += old;
    const when = { from: iso(ts), to: iso(ts + barMicros(timeframe)) };
    add(checked, compared.lost, (symbol) => ({
      ...{ what: `${timeframe} row cannot be made anew`, symbol, ...when, detail: 'its bars are not there' },
    }));
    add(checked, wrong, (difference) => ({
      ...{ what: `${timeframe} value ${difference.why}`, symbol: difference.symbol, ...when },
      detail: describe(difference),
    }));
  }
  checked.looked[`${timeframe} values computed again`] = values;
  if (changed > 0) checked.notes.push(`${timeframe}: ${changed} values are of bars that were changed since`);
}
