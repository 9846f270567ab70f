import { column, pick } from '#lib/frame.ts';
import type { NewRow } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros } from '#lib/timeframe.ts';
import { predict } from '#models/predict.ts';
import type { TrainedModel } from '#models/trained.ts';
import { absentRow, signalRow } from './answer_rows.ts';
import { gateReasons } from './gates.ts';
import { withMomentum } from './momentum_known.ts';
import type { Due } from './open_answers.ts';
import type { Reason } from './reasons.ts';
import type { PredictRequest } from './request.ts';
import { look, place, type SeenBars } from './seen_bars.ts';
import type { modelOf, Speaker } from './speakers.ts';

/** When a bar was first seen to lack what a prediction takes (milliseconds), by venue, timeframe and bar. */
const waitingSince = new Map<string, number>();

export interface Context {
  request: PredictRequest;
  now: Micros;
  models: ReadonlyMap<Speaker, ReturnType<typeof modelOf>>;
}

export interface Answers {
  signals: NewRow[];
  absences: NewRow[];
  /** Bars that still wait for something. */
  waiting: Set<Micros>;
  /** What a symbol lacks, of the newest such bar. */
  lacking: Map<string, Reason>;
}

/** Answers a few bars, as far as what it takes is there; what is returned is not stored yet. */
export async function answerChunk(
  db: QuestDb,
  context: Context,
  chunk: ReadonlyMap<Micros, readonly Due[]>,
): Promise<Answers> {
  const { request, models } = context;
  const usable = [...models.values()].flatMap((model) => ('trained' in model ? [model.trained] : []));
  const seen = await look(db, request, chunk, usable);
  const answers: Answers = { signals: [], absences: [], waiting: new Set(), lacking: new Map() };
  /** Rows to predict by run. */
  const rows = new Map<Speaker, number[]>();
  for (const [ts, all] of chunk) {
    const patient = isPatient(request, ts);
    for (const each of all) {
      const { speaker, symbol } = each;
      const row = seen.rowOf.get(place(symbol, ts));
      const model = models.get(speaker)!;
      const reason = absence(each, ts, model, seen, request);
      if (row !== undefined && !reason) {
        const own = rows.get(speaker);
        if (own) own.push(row);
        else rows.set(speaker, [row]);
        continue;
      }
      if (row === undefined) answers.lacking.set(symbol, reason!);
      if (row === undefined && patient) answers.waiting.add(ts);
      else answers.absences.push(absentRow({ ...each, ts }, request, {}, [reason!]));
    }
    if (!answers.waiting.has(ts)) waitingSince.delete(waitingKey(request, ts));
  }
  for (const [speaker, own] of rows) {
    const model = models.get(speaker)!;
    if ('trained' in model) answers.signals.push(...signalsOf(context, speaker, model.trained, seen, own));
  }
  return answers;
}

/** Why a bar of a symbol cannot be predicted by a run; undefined where it can. */
function absence(
  { speaker, symbol }: Due,
  ts: Micros,
  model: ReturnType<typeof modelOf>,
  { rowOf, bars, excluded }: SeenBars,
  { timeframe }: PredictRequest,
): Reason | undefined {
  if ('unusable' in model) return { code: 'model_unusable', words: model.unusable };
  const { until, horizon } = model.trained;
  if (until + horizon * barMicros(timeframe) > ts)
    return { code: 'trained_later', words: `run ${speaker.run_id} was trained on what came after this bar` };
  if (rowOf.has(place(symbol, ts))) return undefined;
  const bar = bars.get(place(symbol, ts));
  if (!bar?.complete) return { code: 'no_bar', words: bar ? 'its bar is incomplete' : 'it has no bar' };
  const broken = excluded.find((each) => each.symbol === symbol);
  if (broken) return { code: 'not_finite', words: `its bar has ${broken.reason}` };
  const words = 'its bar has no features: fewer bars without a hole than their warm-up';
  return { code: 'no_features', words };
}

const waitingKey = ({ venue, timeframe }: PredictRequest, ts: Micros) => `${venue} ${timeframe} ${ts}`;

/** Whether what a bar lacks may still come: not for longer than the patience after this process first saw it lacking. */
function isPatient(request: PredictRequest, ts: Micros): boolean {
  const key = waitingKey(request, ts);
  const since = waitingSince.get(key) ?? Date.now();
  waitingSince.set(key, since);
  return Date.now() - since < request.limits.patienceSeconds * 1_000;
}

function signalsOf(
  { request, now }: Context,
  speaker: Speaker,
  trained: TrainedModel,
  { frame, bars, gaps, momentum }: SeenBars,
  rows: readonly number[],
): NewRow[] {
  const own = withMomentum(pick(frame, Uint32Array.from(rows)), momentum, trained);
  const closes = column(own, 'label_close');
  const featuresOf = column(own, 'candle_known_at');
  return predict(trained, own, closes).map((prediction, row) => {
    const { symbol, ts } = prediction;
    const age = (now - ts - barMicros(request.timeframe)) / 1e6;
    const knownAt = bars.get(place(symbol, ts))?.known_at;
    const judged = { speaker, trained, frame: own, row, symbol, ts, age, gaps, featuresOf: featuresOf[row], knownAt };
    return signalRow(judged, prediction, closes[row], request, gateReasons(judged, request));
  });
}
