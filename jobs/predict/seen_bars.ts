import { fetchSeenFrame } from '#features/frames/training.ts';
import type { Exclusion, Frame } from '#lib/frame.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import type { TrainedModel } from '#models/trained.ts';
import type { RowOf } from '#sql/rows.ts';
import { type Gap, gapsTouching } from './gates.ts';
import { type KnownMomentum, knownMomentum } from './momentum_known.ts';
import type { Due } from './open_answers.ts';
import type { PredictRequest } from './request.ts';

/** What is known of some bars. */
export interface SeenBars {
  frame: Frame;
  /** Row of the frame, by symbol and bar. */
  rowOf: ReadonlyMap<string, number>;
  bars: ReadonlyMap<string, RowOf<'signals/bars'>>;
  excluded: readonly Exclusion[];
  gaps: readonly Gap[];
  momentum: KnownMomentum;
}

/** How a bar of a symbol is found in them. */
export const place = (symbol: string, ts: Micros) => `${symbol} ${ts}`;

/** Reads what there is of the bars that are due, for these models. */
export async function look(
  db: QuestDb,
  request: PredictRequest,
  chunk: ReadonlyMap<Micros, readonly Due[]>,
  models: readonly TrainedModel[],
): Promise<SeenBars> {
  const { venue, timeframe } = request;
  const times = [...chunk.keys()];
  const symbols = [...new Set([...chunk.values()].flat().map(({ symbol }) => symbol))].sort();
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const window = { venue, timeframe, symbols };
  const [{ frame, excluded }, bars, gaps, momentum] = await Promise.all([
    fetchSeenFrame(db, { ...window, from, to }),
    db.preparedRows('signals/bars', { ...window, since: new Timestamp(from), until: new Timestamp(to) }),
    gapsTouching(db, request, symbols, from, to),
    knownMomentum(db, request, times, symbols, models),
  ]);
  const rows = Array.from({ length: frame.rows }, (_, row) => row);
  return {
    ...{ frame, excluded, gaps, momentum },
    rowOf: new Map(rows.map((row) => [place(frame.symbols[frame.symbolOf[row]], frame.ts[row]), row])),
    bars: new Map(bars.map((each) => [place(each.symbol, each.ts), each])),
  };
}
