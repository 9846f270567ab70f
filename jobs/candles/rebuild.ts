import { recordCoverage } from '#ingest/gaps/coverage.ts';
import { extentsOf } from '#ingest/gaps/extents.ts';
import { learnTradeIds } from '#ingest/gaps/learn_ids.ts';
import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import type { Micros, MinuteRange } from '#lib/time.ts';
import { closeAlike } from './close_alike.ts';
import type { CloseClient } from './close_client.ts';

export interface RebuildRequest {
  venue: string;
  /** All that have ticks, where left out. */
  symbols?: readonly string[] | undefined;
  /** Event times; from the first and to the last tick where left out. */
  from?: Micros | undefined;
  to?: Micros | undefined;
  /** Somebody vouches that no event is missing between the ticks, as `import --whole` does. */
  whole?: boolean | undefined;
}

export interface RebuiltSymbol {
  symbol: string;
  /** Where its ticks stand, within what was asked for. */
  from: Micros;
  to: Micros;
  ids: string;
  gaps_opened: number;
  gaps_healed: number;
}

/**
 * Makes bars again from the ticks that still stand, by the rules of today: order of arrival, gaps, taker sides. Bars whose
 * ticks are gone stay as they are. A bar that would not change is not written.
 * @throws UserError when the venue has no ticks, or none of these symbols
 */
export async function rebuildCandles(
  { db, closeClient }: { db: QuestDb; closeClient: CloseClient },
  { venue, symbols, from, to, whole = false }: RebuildRequest,
  onProgress: (done: number, total: number, what: string) => void = () => {},
): Promise<RebuiltSymbol[]> {
  const extents = await extentsOf(db, venue);
  if (extents.size === 0)
    throw new UserError(
      `There are no ticks of ${venue}, from which its bars could be made again.`,
      'Give --venue NAME of ticks that were recorded or imported.',
    );
  const unknown = (symbols ?? []).filter((symbol) => !extents.has(symbol));
  if (unknown.length > 0)
    throw new UserError(
      `There are no ticks of ${unknown.join(', ')} of ${venue}.`,
      `Give some of ${[...extents.keys()].sort().slice(0, 5).join(', ')}.`,
    );
  const rebuilt: RebuiltSymbol[] = [];
  const ranges = new Map<string, MinuteRange[]>();
  const chosen = symbols ?? [...extents.keys()].sort();
  for (const [index, symbol] of chosen.entries()) {
    onProgress(index, chosen.length + 1, symbol);
    const { first, last } = extents.get(symbol)!;
    const all = { from: first, to: last };
    const asked = { from: Math.max(first, from ?? first), to: Math.min(last, to ?? last) };
    if (asked.from > asked.to) continue;
    const { ids, changed } = await learnTradeIds(db, { venue, symbol }, asked, all);
    const again = changed ? all : asked;
    const recorded = await recordCoverage(db, { venue, symbol, ids, spans: [], before: all, again, whole });
    ranges.set(symbol, recorded.ranges);
    rebuilt.push({ symbol, ...again, ids, gaps_opened: recorded.opened.length, gaps_healed: recorded.healed });
  }
  onProgress(chosen.length, chosen.length + 1, 'closing');
  await closeAlike(closeClient, venue, ranges);
  return rebuilt;
}
