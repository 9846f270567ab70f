import type { Stretch } from '#ingest/archives/tick_file.ts';
import type { QuestDb } from '#lib/questdb/database.ts';

/** The first and the last event of each symbol of a venue, once all that was written can be seen. */
export async function extentsOf(db: QuestDb, venue: string): Promise<Map<string, Stretch>> {
  await db.applied(['ticks']);
  const rows = await db.rows('gaps/extents', { venue });
  return new Map(rows.map(({ symbol, ...stretch }) => [symbol, stretch]));
}
