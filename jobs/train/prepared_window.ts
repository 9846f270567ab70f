import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setHash } from '#features/catalogue.ts';
import { type TrainingWindow, trainingStatement } from '#features/frames/training.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import { requireFillable } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { type KeptFrame, keepFrame, NotFiniteError } from './kept_frame.ts';
import { prepareWindow, venueOf, type WindowOutcome, type WindowRequest } from './window.ts';

/** A window with the file of its rows. */
export interface PreparedWindow extends WindowOutcome {
  frame: KeptFrame;
}

/** What is remembered of a request that was prepared: what came of it, and the features of which that is true. */
interface Remembered {
  prepared: PreparedWindow;
  features: string;
}

/**
 * Prepares the window of a request and keeps its frame. A request that was prepared before, while no bar of the venue and
 * no feature of the window has changed since, is answered from what is remembered, without filling or exporting.
 */
export async function prepareFrame(
  { db, dataDir }: { db: QuestDb; dataDir: string },
  request: WindowRequest,
  onProgress?: (what: string, done: number, total: number) => void,
): Promise<PreparedWindow> {
  const { timeframe, horizon, symbols, bars } = request;
  requireFillable(timeframe);
  const venue = await venueOf(db, request);
  if (timeframe !== '1m') await viewsCurrent(db);
  const candles = () => candlesState(db, { ...request, venue });
  const before = await candles();
  const asked = { venue, timeframe, horizon, symbols, bars };
  const made = [
    statement('labels/labels'),
    trainingStatement({ ...asked, symbols: [''], from: 0, to: 0 }),
    setHash(timeframe),
  ];
  const path = join(dataDir, 'frames', 'prepared', `${digestOf([asked, made, before])}.json`);
  const known = read(path);
  if (
    known &&
    existsSync(join(dataDir, known.prepared.frame.file)) &&
    known.features === (await featuresState(db, known.prepared.window))
  )
    return known.prepared;
  const { prepared, features } = await prepareFinite({ db, dataDir }, { ...request, venue }, onProgress);
  // What changed meanwhile may be in the frame or not: then it is true of neither state.
  if ((await candles()) === before && (await featuresState(db, prepared.window)) === features)
    write(path, { prepared, features });
  return prepared;
}

/** A symbol that has a value no model can be trained on is passed over, unless it was asked for by name. */
async function prepareFinite(
  context: { db: QuestDb; dataDir: string },
  request: WindowRequest,
  onProgress?: (what: string, done: number, total: number) => void,
): Promise<Remembered> {
  const { db, dataDir } = context;
  const outcome = await prepareWindow(db, request, onProgress);
  const { window } = outcome;
  try {
    const features = await featuresState(db, window);
    return { prepared: { ...outcome, frame: await keepFrame(db, dataDir, window) }, features };
  } catch (error) {
    if (!(error instanceof NotFiniteError) || typeof request.symbols !== 'number') throw error;
    const found = error.excluded.map(
      ({ symbol, reason, rows }) => [symbol, `${rows} of its rows have ${reason}`] as const,
    );
    const unusable = new Map([...(request.unusable ?? []), ...found]);
    // With all of them gone there would be nothing to tell but that.
    if (window.symbols.every((symbol) => unusable.has(symbol))) throw error;
    return prepareFinite(context, { ...request, unusable }, onProgress);
  }
}

async function candlesState(db: QuestDb, { venue, timeframe }: Pick<TrainingWindow, 'venue' | 'timeframe'>) {
  return JSON.stringify(await db.rows('frames/candles_state', { venue, timeframe }));
}

async function featuresState(db: QuestDb, { venue, timeframe, symbols, from, to }: TrainingWindow): Promise<string> {
  const rows = await db.rows('frames/features_state', {
    ...{ venue, timeframe, symbols, set_hash: setHash(timeframe) },
    ...{ since: new Timestamp(from), until: new Timestamp(to) },
  });
  return JSON.stringify(rows);
}

function read(path: string): Remembered | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Remembered) : undefined;
}

function write(path: string, remembered: Remembered): void {
  mkdirSync(dirname(path), { recursive: true });
  const incoming = `${path}.${process.pid}.new`;
  writeFileSync(incoming, JSON.stringify(remembered));
  renameSync(incoming, path);
}

function digestOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
