import type { QuestDb } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, requireFillable, type Timeframe } from '#lib/timeframe.ts';
import { statement } from '#sql/read.ts';
import { concurrently } from './concurrently.ts';
import type { Filled, FillRequest } from './fill.ts';
import { always, findRuns, symbolsOf } from './runs.ts';
import { barsWithin, type Need, type Piece, pieces, skippedOf } from './spans.ts';

export interface LabelRequest extends FillRequest {
  /** Bars ahead, 1 to 240. */
  horizon: number;
}

const mostBars = 50_000;

/** Bars of the run that have to stand before a labelled bar: 240 returns, and 240 changes over twice the horizon. */
export function labelWarmup(horizon: number): number {
  return Math.max(240, 239 + 2 * horizon);
}

/**
 * Writes the labels of one horizon to `labels_<timeframe>`, for each bar t whose past (see `labelWarmup`) and future,
 * up to t + horizon, lie in one unbroken run; returns once they can be read. Running it again writes the same rows
 * again. A symbol with too few bars is in `skipped`.
 * @param onProgress called with the rows written so far and in all
 * @throws RangeError for a horizon that is no whole number from 1 to 240, UserError for a timeframe without labels
 */
export async function fillLabels(
  db: QuestDb,
  request: LabelRequest,
  onProgress?: (done: number, total: number) => void,
): Promise<Filled> {
  const { venue, timeframe, horizon, from, to } = request;
  requireFillable(timeframe);
  if (timeframe !== '1m') await viewsCurrent(db);
  if (!Number.isInteger(horizon) || horizon < 1 || horizon > 240)
    throw new RangeError(`a horizon is 1 to 240 bars, not ${horizon}`);
  const bar = barMicros(timeframe);
  const need: Need = { bar, before: labelWarmup(horizon), after: horizon, from, to, most: mostBars };
  const range = {
    since: from === undefined ? always.since : Math.max(0, from - need.before * bar),
    until: to === undefined ? always.until : to + horizon * bar,
  };
  const symbols = request.symbols ?? (await symbolsOf(db, venue, timeframe, range));
  if (symbols.length === 0) return { rows: 0, kept: 0, bars: 0, symbols: 0, resumed: 0, skipped: [] };
  const runs = await findRuns(db, venue, symbols, timeframe, range);
  const work = pieces(runs, need);
  const total = work.reduce((sum, piece) => sum + piece.bars, 0);
  let done = 0;
  await concurrently(work, request.concurrency ?? 2, async (piece) => {
    await db.query(labelStatement(piece, venue, timeframe, horizon));
    done += piece.bars;
    onProgress?.(done, total);
  });
  await db.applied([`labels_${timeframe}`], 600_000);
  return {
    rows: total,
    kept: 0,
    bars: barsWithin(runs, need),
    symbols: new Set(work.map((piece) => piece.run.symbol)).size,
    resumed: 0,
    skipped: skippedOf(symbols, runs, work, need),
  };
}

function labelStatement({ run, first, last }: Piece, venue: string, timeframe: Timeframe, horizon: number): string {
  const bar = barMicros(timeframe);
  const at = (micros: Micros) => new Timestamp(micros);
  return bind(statement('labels/labels'), {
    timeframe,
    venue,
    symbol: run.symbol,
    horizon,
    horizon_before: horizon - 1,
    horizon_divisor: Math.max(horizon - 1, 1),
    bar_seconds: bar / 1e6,
    load: at(Math.max(run.first, first - labelWarmup(horizon) * bar)),
    until: at(last + horizon * bar),
    from: at(first),
    to: at(last),
  });
}
