import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import { catalogue, families, setHash, warmupBars } from './catalogue.ts';
import { earliestBar } from './compose.ts';
import { findRuns } from './runs.ts';
import { pieces } from './spans.ts';

export interface BarRange {
  venue: string;
  timeframe: FeatureTimeframe;
  symbols: readonly string[];
  /** First and last bar. */
  from: Micros;
  to: Micros;
}

/**
 * Whether a fill would change nothing: every one of the bars that can have features has those of the current definition,
 * and no bar of the venue that has a say in them became known later than they were made.
 */
export async function areCurrent(db: QuestDb, { venue, timeframe, symbols, from, to }: BarRange): Promise<boolean> {
  const bar = barMicros(timeframe);
  // A family may look further back than its own bars begin: at hours, from minutes.
  const reach = Math.max(...catalogue(timeframe).map((feature) => feature.reach.bars)) * bar;
  const since = Math.max(0, Math.min(earliestBar(families(timeframe), from, bar), from - reach));
  const before = warmupBars(timeframe);
  const runs = await findRuns(db, venue, symbols, timeframe, { since: Math.max(0, from - before * bar), until: to });
  const fillable = pieces(runs, { bar, before, after: 0, from, to }).reduce((sum, piece) => sum + piece.bars, 0);
  const [{ rows, computed_at, known_at }] = await db.rows('features/fill_state', {
    ...{ venue, timeframe, symbols, set_hash: setHash(timeframe), since: new Timestamp(since) },
    ...{ from: new Timestamp(from), until: new Timestamp(to) },
  });
  return rows === fillable && computed_at !== null && known_at !== null && known_at.getTime() < computed_at.getTime();
}
