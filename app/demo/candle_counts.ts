import type { QuestDb } from '#lib/questdb/database.ts';

/** Bars of a venue by timeframe. */
export async function candleCounts(db: QuestDb, venue: string): Promise<Record<string, number>> {
  const rows = await db.rows('candles/counts', { venue });
  return Object.fromEntries(rows.map((row) => [row.timeframe, row.bars]));
}
