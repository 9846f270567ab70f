import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { areCurrent } from '#features/current.ts';
import { fillFeatures } from '#features/fill.ts';
import { fetchTrainingFrame, type TrainingWindow } from '#features/frames/training.ts';
import { fillLabels } from '#features/labels.ts';
import { requireCurrentFeatures } from '#jobs/train/feature_set.ts';
import type { StoredRun } from '#jobs/train/run.ts';
import { UserError } from '#lib/errors.ts';
import type { Exclusion, Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, requireFillable } from '#lib/timeframe.ts';
import { bringCandles } from '#lib/venue.ts';
import { readArtifact } from '#models/artifact.ts';
import { unseenFrom } from '#models/champion.ts';
import { type ModelScore, scoreModel } from '#models/score.ts';
import { isFarBelow } from '#models/skill_decay.ts';
import { type ScoreRequest, scoredSymbols } from './scored_symbols.ts';

/** What a stored run is worth on bars that are new to it. Times are bar-open times, microseconds. */
export interface RunScore {
  run: StoredRun;
  /** Bars that open from then on are new to the run. */
  unseenFrom: Micros;
  window: TrainingWindow;
  score: ModelScore;
  /** Of the run's own symbols, where none were named. */
  skipped: { symbol: string; reason: string }[];
  /** Bars that were asked for and are not new to the run. */
  seen: { rows: number; bars: number };
  /** Rows with a value that is no number. */
  excluded: Exclusion[];
  /** Less than half of the validation's skill is left. */
  farBelow: boolean;
}

/**
 * Scores a stored run on any bars that are there, with the model and the baselines of its artifact: nothing is fitted. Bars
 * whose labels may have been known to the run are left out, of whatever market they are, for symbols move together.
 * @throws UserError when there is no such run, its artifact or its features are others than today's, or no bar is left
 */
export async function scoreRun(
  db: QuestDb,
  dataDir: string,
  runId: string,
  request: ScoreRequest,
  onProgress: (what: string, done: number, total: number) => void = () => {},
): Promise<RunScore> {
  const [row] = await db.rows('runs/by_id', { run_id: runId });
  if (!row) throw new UserError(`There is no run ${runId}.`, 'See ./tickforest report for the ids.');
  const { metadata: run, trained } = readArtifact<StoredRun>(join(dataDir, row.artifact));
  requireCurrentFeatures(run);
  const { timeframe, horizon } = run;
  const unseen = unseenFrom(trained);
  const { venue, symbols, newest, skipped } = await scoredSymbols(db, run, unseen, request);
  const [from, to] = [Math.max(unseen, request.from ?? 0), Math.min(newest, request.to ?? newest)];
  if (from > to)
    throw new UserError(
      `Run ${runId} would be scored on bars from ${iso(from)} on, and the last that was asked for is that of ${iso(to)}.`,
      `The run knew all labels until ${iso(unseen)}: give later times with --from and --to.`,
    );
  const window = { venue, timeframe, horizon, symbols, from, to };
  const seen = await seenBars(db, window, request.from ?? from, Math.min(to, unseen - barMicros(timeframe)));
  const { frame, excluded } = await labelledFrame(db, dataDir, window, onProgress);
  if (frame.rows === 0) throw await nothingUsable(db, run, window);
  onProgress('score', 0, frame.rows);
  const score = scoreModel(trained, frame);
  onProgress('score', frame.rows, frame.rows);
  const farBelow = isFarBelow(score.skill, run.skill);
  return { run, unseenFrom: unseen, window, score, skipped, seen, excluded, farBelow };
}

async function seenBars(db: QuestDb, { venue, timeframe, symbols }: TrainingWindow, from: Micros, to: Micros) {
  if (from > to) return { rows: 0, bars: 0 };
  const span = { since: new Timestamp(from), until: new Timestamp(to) };
  const [seen] = await db.rows('runs/seen_bars', { venue, timeframe, symbols, ...span });
  return seen;
}

/** The bars that all symbols have, with features and labels: what is lacking is filled. The rows are not kept. */
async function labelledFrame(
  db: QuestDb,
  dataDir: string,
  window: TrainingWindow,
  onProgress: (what: string, done: number, total: number) => void,
): Promise<{ frame: Frame; excluded: Exclusion[] }> {
  const { timeframe } = window;
  requireFillable(timeframe);
  if (!(await areCurrent(db, { ...window, timeframe })))
    await fillFeatures(db, { ...window, onlyMissing: true }, (done, total) => onProgress('features', done, total));
  await fillLabels(db, window, (done, total) => onProgress('labels', done, total));
  const random = Math.random().toString(36).slice(2);
  const file = join(dataDir, 'frames', `incoming-${process.pid}-${random}.parquet`);
  try {
    return await fetchTrainingFrame(db, window, file);
  } finally {
    rmSync(file, { force: true });
  }
}

/** Tells which symbol keeps the others back. */
async function nothingUsable(db: QuestDb, run: StoredRun, window: TrainingWindow): Promise<UserError> {
  const { venue, timeframe, horizon, symbols, from, to } = window;
  const rows = await db.rows('frames/rows_by_symbol', {
    ...{ venue, timeframe, horizon, symbols, set_hash: run.feature_set },
    ...{ since: new Timestamp(from), until: new Timestamp(to) },
  });
  const listed = symbols.map((symbol) => `${symbol} ${rows.find((row) => row.symbol === symbol)?.rows ?? 0}`);
  return new UserError(
    `No bar of ${timeframe} of ${venue} from ${iso(from)} to ${iso(to)} has features and labels of all symbols; bars of each on its own: ${listed.join(', ')}.`,
    `Fetch more candles: ${bringCandles(venue)}; or use other symbols (--symbols) or times (--from, --to).`,
  );
}

function iso(ts: Micros): string {
  return `${new Date(ts / 1000).toISOString().slice(0, 16)}Z`;
}
