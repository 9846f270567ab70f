import { setHash, warmupBars } from '#features/catalogue.ts';
import { findRuns } from '#features/runs.ts';
import type { ActiveMarket } from '#jobs/live_state.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { minute } from '#lib/time.ts';
import type { Problem } from './problem.ts';

/** A closed bar of a followed symbol for which the jobs after it have not done their work. */
export interface LateBar {
  symbol: string;
  /** Open time of the bar. */
  bar: string;
  /** Seconds since the bar became known. */
  known_seconds: number;
  /** `features`, or the models that have no signal of it nor of a later bar. */
  lacks: string[];
}

/** Seconds after which a bar that is known should have its features and signals. */
const limit = 300;

/** How far back a symbol's newest bar is looked for. */
const reach = 86_400_000_000;

/**
 * The followed symbols whose newest bar of a while ago has neither features nor signals, nor has a later one. A bar at the
 * begin of a run can have none yet, and a model that was trained after it need not have one.
 */
export async function lateBars(db: QuestDb, { venue, symbols }: ActiveMarket): Promise<LateBar[]> {
  const [{ now }] = await db.rows('freshness/market_clock', { venue });
  if (now === null) return [];
  const since = Math.max(0, now.getTime() * 1000 - reach);
  const known = new Timestamp((Date.now() - limit * 1000) * 1000);
  const bars = (
    await db.rows('signals/newest_settled_bars', {
      ...{ venue, since: new Timestamp(since), known_until: known, set_hash: setHash('1m') },
    })
  ).filter(({ symbol }) => symbols.includes(symbol));
  if (bars.length === 0) return [];
  const runs = await findRuns(db, venue, symbols, '1m', {
    since: Math.min(...bars.map(({ ts }) => ts.getTime() * 1000)) - warmupBars() * minute,
    until: Math.max(...bars.map(({ ts }) => ts.getTime() * 1000)),
  });
  const models = await db.rows('runs/predicting', { venue, timeframe: '1m' });
  const signals = await db.rows('signals/newest', {
    ...{ venue, timeframe: '1m', since: new Timestamp(since), until: new Timestamp(Number.MAX_SAFE_INTEGER) },
  });
  const late: LateBar[] = [];
  for (const { symbol, ts, known_at, featured } of bars) {
    const at = ts.getTime() * 1000;
    const run = runs.find((each) => each.symbol === symbol && each.first <= at && at <= each.last);
    if (!run || at - run.first < warmupBars() * minute) continue;
    const signalled = ({ model, horizon }: (typeof models)[number]) =>
      signals.some(
        (each) =>
          each.symbol === symbol &&
          each.model === model &&
          each.horizon === horizon &&
          each.ts + ((each.bars ?? 1) - 1) * minute >= at,
      );
    const lacks =
      featured === null || featured < ts
        ? ['features']
        : models
            .filter((each) => each.created_at <= known_at && !signalled(each))
            .map(({ model, horizon }) => `${model} (${horizon} bars)`);
    if (lacks.length > 0)
      late.push({ symbol, bar: ts.toISOString(), known_seconds: (Date.now() - known_at.getTime()) / 1000, lacks });
  }
  return late;
}

/** A sentence for each bar and what it lacks, with the symbols that it is true of. */
export function lateBarProblems(late: readonly LateBar[]): Problem[] {
  const alike = Map.groupBy(late, ({ bar, lacks }) => `${bar} ${lacks.join()}`);
  return [...alike.values()].map((group) => {
    const [{ bar, lacks }] = group;
    const named = group.length <= 4 ? group.map(({ symbol }) => symbol).join(', ') : `${group.length} symbols`;
    const [what, queue] =
      lacks[0] === 'features' ? ['features', 'features'] : [`signal of ${lacks.join(', ')}`, 'predict'];
    const age = Math.round(Math.max(...group.map(({ known_seconds }) => known_seconds)));
    return {
      part: 'worker',
      what: `the bar ${bar.slice(0, 16)} of ${named} was closed ${age} s ago (limit ${limit} s) and has no ${what}: the worker's log says what the jobs of ${queue} do; if nothing, restart it`,
    };
  });
}
