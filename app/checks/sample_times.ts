import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { random } from '#lib/random.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import type { Scope } from './scope.ts';

/** Bars of each kind of boundary at most. */
const ofAKind = 3;

/**
 * Bars at which to compare stored features with others: so many at random, the same for the same seed, and bars at
 * boundaries: the first and the last, the first of runs, of UTC days and of UTC months.
 * @returns in the order of time; empty where nothing is stored
 */
export async function sampleTimes(
  db: QuestDb,
  { venue, symbols, ...scope }: Scope,
  { timeframe, table, count, seed }: { timeframe: FeatureTimeframe; table: string; count: number; seed: number },
): Promise<Micros[]> {
  const bar = barMicros(timeframe);
  const range = { table, venue, symbols, from: new Timestamp(scope.from), to: new Timestamp(scope.to - 1) };
  const [extent] = await db.rows('checks/stored_extent', range);
  if (extent.rows === 0) return [];
  const { first_bar: first, last_bar: last } = extent;
  const { uniform } = random(seed);
  const some = (times: readonly Micros[]) =>
    Array.from({ length: Math.min(ofAKind, times.length) }, () => times[Math.floor(uniform() * times.length)]);
  const parameters = { ...range, bar_seconds: bar / 1e6, most: 1_000 };
  const runs = await db.rows('checks/rows_after_holes', parameters);
  const bars = Math.floor((last - first) / bar) + 1;
  const times = [
    ...[first, last],
    ...some(runs.map(({ ts }) => ts)),
    ...some(dayStarts(first, last)),
    ...some(dayStarts(first, last).filter((ts) => new Date(ts / 1000).getUTCDate() === 1)),
    ...Array.from({ length: count }, () => first + Math.floor(uniform() * bars) * bar),
  ];
  return [...new Set(times)].sort((a, b) => a - b);
}

function dayStarts(first: Micros, last: Micros): Micros[] {
  const day = 86_400_000_000;
  const starts: Micros[] = [];
  for (let ts = Math.ceil(first / day) * day; ts <= last; ts += day) starts.push(ts);
  return starts;
}
