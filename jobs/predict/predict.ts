import { join } from 'node:path';
import { fetchNewestFrame } from '#features/frames/training.ts';
import { marketNow } from '#jobs/candles/freshness.ts';
import { requireCurrentFeatures } from '#jobs/train/feature_set.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import { column, type Frame, pick, vectorDigest } from '#lib/frame.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';
import { bringCandles, isSimulated } from '#lib/venue.ts';
import { readArtifact } from '#models/artifact.ts';
import { predict } from '#models/predict.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';

export interface PredictRequest {
  venue: string;
  timeframe: Timeframe;
  /** Whose time the age of a bar is measured in. */
  clock: 'wall' | 'market';
  /** A signal whose bar closed longer ago than this is not to be acted upon. */
  staleSeconds: number;
}

export interface PredictResult {
  /** Signals that stand for the newest bars, and how many of them were made now. */
  signals: number;
  made: number;
  models: number;
  symbols: number;
  skipped: { what: string; reason: string }[];
}

type ModelRow = RowOf<'runs/predicting'>;

/**
 * Predicts the newest complete bar of each symbol of a venue with each model at each horizon, and stores the predictions as signals. A
 * symbol whose newest bar has no features, or a model whose artifact cannot be used, is reported and passed over.
 */
export async function predictNewest(db: QuestDb, dataDir: string, request: PredictRequest): Promise<PredictResult> {
  const { venue, timeframe } = request;
  const skipped: PredictResult['skipped'] = [];
  const candles = await db.rows('frames/newest_candles', { venue, timeframe });
  const newestBar = new Map(candles.map((row) => [row.symbol, row.ts.getTime() * 1000]));
  if (newestBar.size === 0)
    throw new UserError(`There are no candles of ${venue}.`, `Fetch them: ${bringCandles(venue)}.`);
  const now = await marketNow(db, venue, request.clock);
  const frame = await newestFrame(db, request, newestBar, skipped);
  const models = await db.rows('runs/predicting', { venue, timeframe });
  const made = await signalsMade(db, request);
  const rows: NewRow[] = [];
  let used = 0;
  for (const model of models) {
    try {
      const { metadata, trained } = readArtifact<{ feature_set: string }>(join(dataDir, model.artifact));
      requireCurrentFeatures({ ...model, timeframe, feature_set: metadata.feature_set });
      const fresh = pick(
        frame,
        Uint32Array.from(rowsOf(frame).filter((row) => !made.has(keyOf(model, symbolAt(frame, row), frame.ts[row])))),
      );
      rows.push(...signalRows(model, trained, fresh, { ...request, now }));
      used++;
    } catch (error) {
      skipped.push({ what: `${model.model}, ${model.horizon} bars ahead`, reason: reasonOf(error) });
    }
  }
  await appendRows(db.address, 'signals', rows);
  await db.applied(['signals']);
  return { signals: used * frame.rows, made: rows.length, models: used, symbols: frame.rows, skipped };
}

/** The newest feature rows that belong to the newest complete bars. */
async function newestFrame(
  db: QuestDb,
  request: PredictRequest,
  newestBar: Map<string, Micros>,
  skipped: PredictResult['skipped'],
): Promise<Frame> {
  const { frame, excluded } = await fetchNewestFrame(db, request.venue, request.timeframe);
  const unusable = new Map(excluded.map(({ symbol, reason }) => [symbol, `its newest row has ${reason}`]));
  const rowOf = new Map(Array.from({ length: frame.rows }, (_, row) => [frame.symbols[frame.symbolOf[row]], row]));
  const usable: number[] = [];
  for (const [symbol, ts] of newestBar) {
    const row = rowOf.get(symbol);
    if (row !== undefined && frame.ts[row] === ts) usable.push(row);
    else
      skipped.push({
        what: symbol,
        reason:
          unusable.get(symbol) ??
          (row === undefined
            ? 'it has no features: fewer bars without a hole than their warm-up'
            : 'its newest bar has no features'),
      });
  }
  return pick(frame, Uint32Array.from(usable.sort((a, b) => a - b)));
}

/** A signal that was made stays as it was made: when it was known is part of it. */
async function signalsMade(db: QuestDb, { venue, timeframe }: PredictRequest): Promise<Set<string>> {
  const rows = await db.rows('signals/newest', { venue, timeframe });
  return new Set(rows.map((row) => keyOf(row, row.symbol, row.ts.getTime() * 1000)));
}

function keyOf({ model, run_id }: { model: string; run_id: string }, symbol: string, ts: Micros): string {
  return [model, run_id, symbol, ts].join(' ');
}

function rowsOf(frame: Frame): number[] {
  return Array.from({ length: frame.rows }, (_, row) => row);
}

function symbolAt(frame: Frame, row: number): string {
  return frame.symbols[frame.symbolOf[row]];
}

function signalRows(
  model: ModelRow,
  trained: TrainedModel,
  frame: Frame,
  context: PredictRequest & { now: Micros },
): NewRow[] {
  if (frame.rows === 0) return [];
  const closes = column(frame, 'label_close');
  const created = Date.now() * 1000;
  return predict(trained, frame, closes).map((prediction, row) => {
    const age = (context.now - prediction.ts - barMicros(context.timeframe)) / 1e6;
    const reasons = gateReasons(model, context, age);
    return {
      ts: prediction.ts,
      symbols: {
        venue: context.venue,
        symbol: prediction.symbol,
        timeframe: context.timeframe,
        model: model.model,
      },
      strings: {
        run_id: model.run_id,
        shown: prediction.text,
        vector_digest: vectorDigest(frame, row, trained.features),
        reason: reasons.length > 0 ? reasons.join('; ') : null,
      },
      longs: { horizon: model.horizon },
      doubles: {
        prediction: prediction.prediction,
        probability: prediction.probability,
        close: closes[row],
        age_seconds: age,
      },
      booleans: { gated: reasons.length > 0 },
      timestamps: { created_at: created },
    };
  });
}

/** Why a signal is not to be acted upon. */
function gateReasons(model: ModelRow, { venue, staleSeconds }: PredictRequest, age: number): string[] {
  const reasons: string[] = [];
  if (isSimulated(venue) || model.simulated) reasons.push('simulated market');
  if (model.champion !== model.run_id) reasons.push('no champion');
  if (age > staleSeconds) reasons.push(`stale: its bar closed ${Math.round(age)} s ago`);
  return reasons;
}
