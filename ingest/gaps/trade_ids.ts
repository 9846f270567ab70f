import type { TradeIds } from '#ingest/feed.ts';
import { appendRows } from '#lib/questdb/append.ts';
import type { QuestDb } from '#lib/questdb/database.ts';

/**
 * States what the ids of these symbols say by the documentation of their venue, where that is not stated yet. The closer
 * goes by it from then on.
 */
export async function stateTradeIds(
  db: QuestDb,
  venue: string,
  symbols: readonly string[],
  ids: TradeIds,
): Promise<void> {
  const known = await knownTradeIds(db, venue);
  const unknown = symbols.filter((symbol) => known.get(symbol)?.source !== 'venue');
  const at = Date.now() * 1_000;
  await appendRows(
    db.address,
    'trade_ids',
    unknown.map((symbol) => ({ ts: at, symbols: { venue, symbol, ids, source: 'venue' } })),
  );
  if (unknown.length > 0) await db.applied(['trade_ids']);
}

/** What is known of the ids of a venue, by symbol, and how. */
export async function knownTradeIds(
  db: QuestDb,
  venue: string,
): Promise<Map<string, { ids: TradeIds; source: 'venue' | 'learned' }>> {
  const rows = await db.rows('gaps/trade_ids', { venue });
  return new Map(rows.map(({ symbol, ids, source }) => [symbol, { ids, source }]));
}
