import type { Micros } from '#ingest/feed.ts';
import { warmupBars } from '#lib/features/catalogue.ts';
import { fillFeatures } from '#lib/features/fill.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { marketNow } from './freshness.ts';
import { ticksFirst } from './ticks_first.ts';

export interface FillResult {
  rows: number;
  symbols: number;
  skipped: { symbol: string; reason: string }[];
}

/** How far back bars may have been added or changed: the history that `up` fetches, and a day. */
const reach = 8 * 86_400_000_000;

/**
 * Fills the features of bars that are new or were changed. Symbols are filled together from the same bar on, so that one
 * that came late does not have the others computed again.
 */
export async function fillNewFeatures(db: QuestDb, venue: string): Promise<FillResult> {
  await db.applied(['candles_1m', 'features_1m']);
  const since = Math.max(0, (await marketNow(db, venue, 'market')) - reach);
  const lacking = await db.rows<{ symbol: string; fill_from: Date }>('features/lacking', {
    venue,
    since: new Timestamp(since),
    warmup: warmupBars(),
  });
  const result: FillResult = { rows: 0, symbols: lacking.length, skipped: [] };
  const starts = Map.groupBy(lacking, (row): Micros => row.fill_from.getTime() * 1000);
  for (const [from, rows] of starts) {
    const symbols = rows.map((row) => row.symbol);
    const request = { venue, timeframe: '1m', symbols, from, concurrency: 1, turn: ticksFirst(db) } as const;
    const filled = await fillFeatures(db, request);
    result.rows += filled.rows;
    result.skipped.push(...filled.skipped);
  }
  return result;
}
