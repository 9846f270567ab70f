import { vectorDigest } from '#lib/frame.ts';
import type { NewRow } from '#lib/questdb/append.ts';
import type { Micros } from '#lib/time.ts';
import type { Prediction } from '#models/predict.ts';
import type { Judged } from './gates.ts';
import type { Due } from './open_answers.ts';
import { columnsOfReasons, type Reason } from './reasons.ts';
import type { PredictRequest } from './request.ts';

/** The row of a signal, gated where there are reasons to. */
export function signalRow(
  { speaker, trained, frame, row, symbol, ts, age, knownAt }: Judged,
  { prediction, probability, text, raw, baseline }: Prediction,
  close: number,
  { venue, timeframe }: PredictRequest,
  reasons: readonly Reason[],
): NewRow {
  const created = Date.now() * 1000;
  return {
    ts,
    symbols: { venue, symbol, timeframe, model: speaker.model },
    strings: {
      ...{ run_id: speaker.run_id, shown: text, ...columnsOfReasons(reasons) },
      vector_digest: vectorDigest(frame, row, trained.features),
    },
    longs: { horizon: speaker.horizon },
    doubles: {
      ...{ prediction, probability, close, age_seconds: age },
      late_seconds: knownAt === undefined ? null : (created - knownAt) / 1e6,
    },
    booleans: { gated: reasons.length > 0, absent: false },
    timestamps: { created_at: created },
    arrays: { raw, baseline },
  };
}

/** The row that says why there is no signal of a bar, or of `bars` bars from this one on. */
export function absentRow(
  { speaker, symbol, ts }: Due & { ts: Micros },
  { venue, timeframe }: PredictRequest,
  { bars = null }: { bars?: number | null },
  reasons: readonly Reason[],
): NewRow {
  return {
    ts,
    symbols: { venue, symbol, timeframe, model: speaker.model },
    strings: { run_id: speaker.run_id, ...columnsOfReasons(reasons) },
    longs: { horizon: speaker.horizon, bars },
    booleans: { gated: true, absent: true },
    timestamps: { created_at: Date.now() * 1000 },
  };
}
