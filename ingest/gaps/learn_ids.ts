import type { TradeIds } from '#ingest/feed.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, minute } from '#lib/time.ts';
import type { RowOf } from '#sql/rows.ts';
import { knownTradeIds } from './trade_ids.ts';

/** A finding, and whether it differs from what was known: bars of before were made by another rule then. */
export interface Learned {
  ids: TradeIds;
  changed: boolean;
}

/** Steps of evidence without which nothing is concluded. */
const leastSteps = 10;
/** A history of so much is looked at as a whole; of a longer one, what surrounds the time at hand. */
const surroundings = 31 * 1_440 * minute;

/**
 * Learns from the stored trades of a symbol what their ids say, and records it where it is new. What the documentation of
 * the venue says stands.
 * @param range the time at hand
 * @param extent the first and the last event of the symbol
 */
export async function learnTradeIds(
  db: QuestDb,
  { venue, symbol }: { venue: string; symbol: string },
  range: { from: Micros; to: Micros },
  extent: { from: Micros; to: Micros },
): Promise<Learned> {
  const known = (await knownTradeIds(db, venue)).get(symbol);
  if (known?.source === 'venue') return { ids: known.ids, changed: false };
  const from = Math.max(extent.from, range.from - surroundings);
  const to = Math.min(extent.to, range.to + surroundings);
  const [evidence] = await db.rows('gaps/id_evidence', {
    ...{ venue, symbols: [symbol], from: new Timestamp(from), to: new Timestamp(to) },
  });
  // Bars of quotes alone.
  if (!evidence) return { ids: 'none', changed: false };
  const ids = conclusion(evidence);
  if (ids === known?.ids) return { ids, changed: false };
  const { whole, steps } = evidence;
  await appendRows(db.address, 'trade_ids', [
    { ts: Date.now() * 1_000, symbols: { venue, symbol, ids, source: 'learned' }, longs: { whole, steps } },
  ]);
  await db.applied(['trade_ids']);
  return { ids, changed: known !== undefined };
}

/**
 * Ids count where half of the steps are by exactly 1: where trades are missing many are not, but ids that are shared by
 * all instruments of a venue, or drawn at random, do not run for whole minutes without a jump.
 */
export function conclusion(evidence: Omit<RowOf<'gaps/id_evidence'>, 'symbol'>): TradeIds {
  const { trades, numbered, steps, whole, seams, ascending } = evidence;
  if (numbered < 0.99 * trades) return 'none';
  if (whole >= leastSteps && whole >= steps / 2) return 'count';
  return ascending >= leastSteps && ascending >= 0.99 * seams ? 'order' : 'none';
}
