import { setHash, warmupBars } from '#features/catalogue.ts';
import { fillFeatures } from '#features/fill.ts';
import { findRuns } from '#features/runs.ts';
import { pieces } from '#features/spans.ts';
import { marketNow } from '#jobs/candles/freshness.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { viewsCurrent } from '#lib/questdb/views.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros, type FeatureTimeframe } from '#lib/timeframe.ts';
import type { RowOf } from '#sql/rows.ts';
import { ticksFirst } from './ticks_first.ts';

export interface FillResult {
  rows: number;
  symbols: number;
  skipped: { symbol: string; reason: string }[];
}

type Lacking = RowOf<'features/missing_features'>;
type Write = RowOf<'features/last_writes'>;

/** How far back bars may have been added or changed: the history that `up` fetches, and a day. */
const reach = 8 * 86_400_000_000;
/** A bar can be read some time after it was known. */
const lateness = 900_000_000;

/**
 * When this process last found the features of a market whole, and the newest write to the candles that they were whole with,
 * by venue and timeframe: older bars need no second look.
 */
const seenWhole = new Map<string, { at: Micros; write: number }>();

/**
 * Fills the features of bars that are new or were changed. All symbols are filled from the first such bar on, for each
 * one's features look at the whole market; bars that have just closed go on from the stored rows before them.
 */
export async function fillNewFeatures(
  db: QuestDb,
  venue: string,
  timeframe: FeatureTimeframe = '1m',
): Promise<FillResult> {
  const writes = await db.rows('features/last_writes');
  if (timeframe !== '1m') await viewsCurrent(db);
  await db.applied(['candles_1m', `features_${timeframe}`]);
  const began = Date.now() * 1000;
  const key = `${venue} ${timeframe} ${db.address.host}:${db.address.pgPort}`;
  const newest = writes.at(-1)?.number ?? 0;
  const before = seenWhole.get(key);
  // Where fewer writes are counted than before, these are another table's, or another server's at the same address.
  const whole = before && before.write <= newest ? before : undefined;
  const written = whole && firstWritten(writes, whole.write);
  const known = { venue, timeframe, known_since: new Timestamp(Math.max(0, (whole?.at ?? 0) - lateness)) };
  const since = written ? startOf(written.first, timeframe) : await lookFrom(db, known, venue, whole?.at);
  const result: FillResult = { rows: 0, symbols: 0, skipped: [] };
  const rows =
    since === undefined
      ? []
      : await db.preparedRows('features/missing_features', {
          ...{ ...known, since: new Timestamp(since), set_hash: setHash(timeframe) },
        });
  const from = await fillFrom(db, venue, timeframe, rows, whole !== undefined, written !== undefined);
  if (from !== undefined) {
    const symbols = rows.map((row) => row.symbol);
    const filled = await fillFeatures(db, { venue, timeframe, symbols, from, resume: true, turn: ticksFirst(db) });
    Object.assign(result, { rows: filled.rows, symbols: filled.symbols, skipped: filled.skipped });
  }
  seenWhole.set(key, { at: began, write: newest });
  return result;
}

/**
 * The first bar that was written after this transaction, where the server tells all of them.
 * @returns `first` is undefined where none was written
 */
function firstWritten(writes: readonly Write[], seen: number): { first: Micros | undefined } | undefined {
  const since = writes.filter(({ number }) => number > seen);
  const isWhole = (since[0]?.number ?? seen + 1) === seen + 1 && since.every((write) => write.first_bar !== null);
  if (!isWhole) return undefined;
  return {
    first: since.length === 0 ? undefined : Math.min(...since.map((write) => write.first_bar!.getTime() * 1000)),
  };
}

function startOf(ts: Micros | undefined, timeframe: FeatureTimeframe): Micros | undefined {
  return ts === undefined ? undefined : Math.floor(ts / barMicros(timeframe)) * barMicros(timeframe);
}

/** The first bar to look at: once all were found whole, the first of those that became known since. */
async function lookFrom(
  db: QuestDb,
  known: { venue: string; timeframe: FeatureTimeframe; known_since: Timestamp },
  venue: string,
  whole: Micros | undefined,
): Promise<Micros | undefined> {
  const since = Math.max(0, (await marketNow(db, venue, 'market')) - reach);
  if (whole === undefined) return since;
  const [news] = await db.preparedRows('features/changed_since', { ...known, since: new Timestamp(since) });
  return news?.first_bar ? news.first_bar.getTime() * 1000 : undefined;
}

/**
 * The first bar to fill: of those that a symbol lacks and can have, and those that were changed.
 * @param seen whether the bars were found whole before, so that one missing among the others has come since
 * @param written whether no bar before those of these rows was written since
 */
async function fillFrom(
  db: QuestDb,
  venue: string,
  timeframe: FeatureTimeframe,
  rows: readonly Lacking[],
  seen: boolean,
  written: boolean,
): Promise<Micros | undefined> {
  const bar = barMicros(timeframe);
  const at = (date: Date | null) => (date === null ? undefined : date.getTime() * 1000);
  const firsts = rows.map((row) => at(row.changed_from));
  const searched: { symbol: string; from: Micros; last: Micros; since?: Micros; stored?: number }[] = [];
  for (const { symbol, ...row } of rows) {
    const [first, last] = [at(row.first_bar) as Micros, at(row.last_bar) as Micros];
    const [filled, missing] = [at(row.filled_to), seen ? at(row.missing_from) : undefined];
    if (missing !== undefined && filled !== undefined)
      searched.push({ symbol, from: missing, last: filled, since: first, stored: row.filled_rows ?? 0 });
    // What came before them is whole: those that the symbol can have, a fill finds.
    if (written && filled === undefined) firsts.push(first);
    else if (filled !== undefined && filled + bar === last) firsts.push(last);
    else if (filled === undefined || filled < last)
      searched.push({ symbol, from: filled === undefined ? first : filled + bar, last });
  }
  // A symbol may lack bars because its run is too short yet; only those that it can have count.
  if (searched.length > 0) {
    const before = warmupBars(timeframe);
    const since = Math.max(0, Math.min(...searched.map((each) => each.since ?? each.from)) - before * bar);
    const until = Math.max(...searched.map((each) => each.last));
    const symbols = [...new Set(searched.map((each) => each.symbol))];
    const runs = await findRuns(db, venue, symbols, timeframe, { since, until });
    for (const { symbol, from, last, since: counted, stored } of searched) {
      const own = runs.filter((run) => run.symbol === symbol);
      const fillable = (first: Micros) => pieces(own, { bar, before, after: 0, from: first, to: last });
      const has = (bars: readonly { bars: number }[]) => bars.reduce((sum, piece) => sum + piece.bars, 0);
      // Bars at the begin of a run are missing for good: only where fewer have features than can is one to be filled.
      if (counted !== undefined && has(fillable(counted)) === stored) continue;
      const [lacking] = fillable(from);
      if (lacking) firsts.push(lacking.first);
    }
  }
  const known = firsts.filter((first) => first !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
