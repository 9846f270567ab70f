import type { Micros } from '#ingest/feed.ts';
import { setHash, warmupBars } from '#lib/features/catalogue.ts';
import { fillFeatures } from '#lib/features/fill.ts';
import { findRuns } from '#lib/features/runs.ts';
import { pieces } from '#lib/features/spans.ts';
import { barMicros, type FeatureTimeframe } from '#lib/features/timeframe.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { marketNow } from './freshness.ts';
import { ticksFirst } from './ticks_first.ts';

export interface FillResult {
  rows: number;
  symbols: number;
  skipped: { symbol: string; reason: string }[];
}

interface Lacking extends Record<string, unknown> {
  symbol: string;
  first_bar: Date;
  last_bar: Date;
  filled_to: Date | null;
  changed_from: Date | null;
}

/** How far back bars may have been added or changed: the history that `up` fetches, and a day. */
const reach = 8 * 86_400_000_000;
/** A bar can be read some time after it was known. */
const lateness = 900_000_000;

/** When this process last found the features of a market whole, by venue and timeframe: older bars need no second look. */
const seenWhole = new Map<string, Micros>();

/**
 * Fills the features of bars that are new or were changed. All symbols are filled from the first such bar on, for each
 * one's features look at the whole market; bars that have just closed go on from the stored rows before them.
 */
export async function fillNewFeatures(
  db: QuestDb,
  venue: string,
  timeframe: FeatureTimeframe = '1m',
): Promise<FillResult> {
  await db.applied(['candles_1m', `features_${timeframe}`]);
  const began = Date.now() * 1000;
  const since = Math.max(0, (await marketNow(db, venue, 'market')) - reach);
  const key = `${venue} ${timeframe} ${db.address.host}:${db.address.pgPort}`;
  const rows = await db.rows<Lacking>('features/lacking', {
    ...{ venue, timeframe, since: new Timestamp(since), set_hash: setHash(timeframe) },
    known_since: new Timestamp(Math.max(0, (seenWhole.get(key) ?? 0) - lateness)),
  });
  const result: FillResult = { rows: 0, symbols: 0, skipped: [] };
  const from = await fillFrom(db, venue, timeframe, rows);
  if (from !== undefined) {
    const symbols = rows.map((row) => row.symbol);
    const filled = await fillFeatures(db, { venue, timeframe, symbols, from, resume: true, turn: ticksFirst(db) });
    Object.assign(result, { rows: filled.rows, symbols: filled.symbols, skipped: filled.skipped });
  }
  seenWhole.set(key, began);
  return result;
}

/** The first bar to fill: of those that a symbol lacks and can have, and those that were changed. */
async function fillFrom(
  db: QuestDb,
  venue: string,
  timeframe: FeatureTimeframe,
  rows: readonly Lacking[],
): Promise<Micros | undefined> {
  const bar = barMicros(timeframe);
  const at = (date: Date | null) => (date === null ? undefined : date.getTime() * 1000);
  const firsts = rows.map((row) => at(row.changed_from));
  const searched: Lacking[] = [];
  for (const row of rows) {
    const [filled, last] = [at(row.filled_to), at(row.last_bar) as Micros];
    if (filled !== undefined && filled + bar === last) firsts.push(last);
    else if (filled === undefined || filled < last) searched.push(row);
  }
  // A symbol may lack bars because its run is too short yet; only those that it can have count.
  if (searched.length > 0) {
    const since = Math.min(...searched.map((row) => at(row.first_bar) as Micros));
    const until = Math.max(...searched.map((row) => at(row.last_bar) as Micros));
    const symbols = searched.map((row) => row.symbol);
    const runs = await findRuns(db, venue, symbols, timeframe, { since, until });
    for (const { symbol, filled_to } of searched) {
      const filled = at(filled_to);
      const need = { bar, before: warmupBars(timeframe), after: 0 };
      const own = runs.filter((run) => run.symbol === symbol);
      const lacking = pieces(own, { ...need, ...(filled === undefined ? {} : { from: filled + bar }) });
      if (lacking.length > 0) firsts.push(lacking[0].first);
    }
  }
  const known = firsts.filter((first) => first !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
