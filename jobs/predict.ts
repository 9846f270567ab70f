import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Micros } from '#ingest/feed.ts';
import { isSimulated } from '#ingest/venue.ts';
import { reasonOf } from '#lib/errors.ts';
import { barMicros, type Timeframe } from '#lib/features/timeframe.ts';
import { column, type Frame, pick } from '#lib/frame.ts';
import { appendRows, type NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { fetchNewestFrame } from '#lib/training_frame.ts';
import { readArtifact } from '#models/artifact.ts';
import { type Prediction, predict } from '#models/predict.ts';
import type { TrainedModel } from '#models/trained.ts';

export interface PredictOrder {
  venue: string;
  timeframe: Timeframe;
  /** The market's clock; unset, the close of the venue's newest bar. */
  now?: Micros;
}

export interface PredictResult {
  signals: number;
  models: number;
  symbols: number;
  skipped: { what: string; reason: string }[];
}

interface ModelRow extends Record<string, unknown> {
  model: string;
  run_id: string;
  horizon: number;
  simulated: boolean;
  artifact: string;
  champion: string | null;
}

/**
 * Predicts the newest complete bar of each symbol of a venue with each model, and stores the predictions as signals. A
 * symbol whose newest bar has no features, or a model whose artifact cannot be used, is reported and passed over.
 */
export async function predictNewest(db: QuestDb, dataDir: string, order: PredictOrder): Promise<PredictResult> {
  const { venue, timeframe } = order;
  const skipped: PredictResult['skipped'] = [];
  const candles = await db.rows<{ symbol: string; ts: Date }>('frames/newest_candles', { venue, timeframe });
  const newestBar = new Map(candles.map((row) => [row.symbol, row.ts.getTime() * 1000]));
  const now = order.now ?? Math.max(...newestBar.values()) + barMicros(timeframe);
  const frame = await newestFrame(db, dataDir, order, newestBar, skipped);
  const models = await db.rows<ModelRow>('runs/newest', { venue, timeframe });
  const rows: NewRow[] = [];
  let used = 0;
  for (const model of models) {
    try {
      const { trained } = readArtifact(join(dataDir, model.artifact));
      rows.push(...signalRows(model, trained, frame, { venue, timeframe, now }));
      used++;
    } catch (error) {
      skipped.push({ what: model.model, reason: reasonOf(error) });
    }
  }
  await appendRows(db.address, 'signals', rows);
  await db.applied(['signals']);
  return { signals: rows.length, models: used, symbols: frame.rows, skipped };
}

/** The newest feature rows that belong to the newest complete bars. */
async function newestFrame(
  db: QuestDb,
  dataDir: string,
  order: PredictOrder,
  newestBar: Map<string, Micros>,
  skipped: PredictResult['skipped'],
): Promise<Frame> {
  const file = join(dataDir, 'frames', `newest-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`);
  const { frame, excluded } = await fetchNewestFrame(db, order.venue, order.timeframe, file);
  rmSync(file, { force: true });
  for (const [name, rows] of excluded) skipped.push({ what: name, reason: `not finite in ${rows} of the newest rows` });
  const rowOf = new Map(Array.from({ length: frame.rows }, (_, row) => [frame.symbols[frame.symbolOf[row]], row]));
  const usable: number[] = [];
  for (const [symbol, ts] of newestBar) {
    const row = rowOf.get(symbol);
    if (row !== undefined && frame.ts[row] === ts) usable.push(row);
    else
      skipped.push({
        what: symbol,
        reason:
          row === undefined
            ? 'it has no features: fewer bars without a hole than their warm-up'
            : 'its newest bar has no features',
      });
  }
  return pick(frame, Uint32Array.from(usable.sort((a, b) => a - b)));
}

function signalRows(
  model: ModelRow,
  trained: TrainedModel,
  frame: Frame,
  context: { venue: string; timeframe: Timeframe; now: Micros },
): NewRow[] {
  if (frame.rows === 0) return [];
  const closes = column(frame, 'label_close');
  const reasons = gateReasons(model, context.venue);
  const created = Date.now() * 1000;
  return predict(trained, frame, closes).map((prediction, row) => ({
    ts: prediction.ts,
    symbols: { venue: context.venue, symbol: prediction.symbol, timeframe: context.timeframe, model: model.model },
    strings: {
      run_id: model.run_id,
      shown: textOf(prediction),
      vector_digest: vectorDigest(frame, row, trained.features),
      reason: reasons.length > 0 ? reasons.join('; ') : null,
    },
    longs: { horizon: model.horizon },
    doubles: {
      prediction: prediction.prediction,
      probability: prediction.probability,
      close: closes[row],
      age_seconds: (context.now - prediction.ts - barMicros(context.timeframe)) / 1e6,
    },
    booleans: { gated: reasons.length > 0 },
    timestamps: { created_at: created },
  }));
}

/** Why a signal of this model is not to be acted upon. */
function gateReasons(model: ModelRow, venue: string): string[] {
  const reasons: string[] = [];
  if (isSimulated(venue) || model.simulated) reasons.push('simulated market');
  if (model.champion !== model.run_id) reasons.push('no champion');
  return reasons;
}

function textOf({ text, price }: Prediction): string {
  return price === null ? text : `${text}, price ${Number(price.toPrecision(8))}`;
}

/** SHA-256 of the model's input vector, in the order of its features: what a later recomputation is compared with. */
function vectorDigest(frame: Frame, row: number, features: string[]): string {
  const vector = Float64Array.from(features, (name) => column(frame, name)[row]);
  return createHash('sha256').update(new Uint8Array(vector.buffer)).digest('hex').slice(0, 32);
}
