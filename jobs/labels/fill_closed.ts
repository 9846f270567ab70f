import { fillLabels } from '#features/labels.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';

export interface LabelResult {
  rows: number;
  /** Bars ahead whose labels were filled. */
  horizons: number[];
}

/** Bars back from the newest that are labelled live. Training labels all that its window needs, however old. */
const reachBars = 240;

/**
 * Writes the labels of the bars whose horizon has closed since the last time, at each horizon that a run predicts at: what
 * became of the bars that signals speak of.
 */
export async function fillClosedLabels(
  db: QuestDb,
  { venue, timeframe, symbols }: { venue: string; timeframe: FeatureTimeframe; symbols?: readonly string[] },
): Promise<LabelResult> {
  const bar = barMicros(timeframe);
  const [speakers, candles] = await Promise.all([
    db.rows('runs/predicting', { venue, timeframe }),
    db.rows('frames/newest_candles', { venue, timeframe }),
  ]);
  const newest = new Map(
    candles
      .filter(({ symbol }) => symbols?.includes(symbol) ?? true)
      .map(({ symbol, ts }) => [symbol, ts.getTime() * 1_000]),
  );
  const horizons = [...new Set(speakers.map(({ horizon }) => horizon))].sort((a, b) => a - b);
  let rows = 0;
  for (const horizon of newest.size > 0 ? horizons : []) {
    const to = Math.max(...newest.values()) - horizon * bar;
    const oldest = to - (reachBars - 1) * bar;
    const known = await db.rows('labels/newest', { venue, timeframe, horizon, since: new Timestamp(oldest) });
    const last = new Map(known.map(({ symbol, last_bar }) => [symbol, last_bar]));
    const from = (symbol: string): Micros => (last.get(symbol) ?? oldest - bar) + bar;
    const lacking = [...newest].filter(([symbol, ts]) => from(symbol) <= ts - horizon * bar).map(([symbol]) => symbol);
    if (lacking.length === 0) continue;
    const request = { venue, timeframe, horizon, symbols: lacking, from: Math.min(...lacking.map(from)), to };
    rows += (await fillLabels(db, request)).rows;
  }
  return { rows, horizons };
}
