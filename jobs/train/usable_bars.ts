import { warmupBars } from '#features/catalogue.ts';
import { labelWarmup } from '#features/labels.ts';
import { findRuns } from '#features/runs.ts';
import { pieces } from '#features/spans.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type Timeframe } from '#lib/timeframe.ts';

/** Bars without a hole, by their open times; both are in it. */
export interface Span {
  first: Micros;
  last: Micros;
}

/** Bars of an unbroken run that give no row to train on: the first ones warm up, the last ones have no label yet. */
export function unusableBars(timeframe: Timeframe, horizon: number): { before: number; after: number } {
  return { before: Math.max(warmupBars(timeframe), labelWarmup(horizon)), after: horizon };
}

/**
 * The bars of each symbol that have, or can be given, features and labels; in the order of time. It follows from the
 * candles alone, before anything is filled.
 */
export async function usableSpans(
  db: QuestDb,
  market: { venue: string; timeframe: Timeframe; horizon: number; symbols: readonly string[] },
  range: { since: Micros; until: Micros },
): Promise<Map<string, Span[]>> {
  const { venue, timeframe, horizon, symbols } = market;
  const runs = await findRuns(db, venue, symbols, timeframe, range);
  const usable = pieces(runs, { bar: barMicros(timeframe), ...unusableBars(timeframe, horizon) });
  const bySymbol = Map.groupBy(usable, (piece) => piece.run.symbol);
  return new Map(
    symbols.map((symbol) => [symbol, (bySymbol.get(symbol) ?? []).map(({ first, last }) => ({ first, last }))]),
  );
}

/** The bars that are in both. */
export function inBoth(a: readonly Span[], b: readonly Span[]): Span[] {
  const both: Span[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const [first, last] = [Math.max(a[i].first, b[j].first), Math.min(a[i].last, b[j].last)];
    if (first <= last) both.push({ first, last });
    if (a[i].last < b[j].last) i++;
    else j++;
  }
  return both;
}

export function countBars(spans: readonly Span[], bar: Micros): number {
  return spans.reduce((sum, { first, last }) => sum + (last - first) / bar + 1, 0);
}

/** The first of the newest `bars` bars; undefined where there are fewer. */
export function startOfNewest(spans: readonly Span[], bars: number, bar: Micros): Micros | undefined {
  let left = bars;
  for (const { first, last } of spans.toReversed()) {
    const here = (last - first) / bar + 1;
    if (here >= left) return last - (left - 1) * bar;
    left -= here;
  }
  return undefined;
}
