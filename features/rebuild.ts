import type { QuestDb } from '#lib/questdb/database.ts';
import type { FeatureTimeframe } from '#lib/timeframe.ts';
import { setHash } from './catalogue.ts';
import { type Filled, fillFeatures } from './fill.ts';

export interface RebuildRequest {
  venue: string;
  timeframe: FeatureTimeframe;
  /** Also where all rows are of the current definition. */
  force?: boolean;
}

export interface Rebuilt {
  timeframe: FeatureTimeframe;
  /** The current definition. */
  set_hash: string;
  /** Rows of other definitions before, and those left: their bars can have no features any more. */
  outdated: number;
  left: number;
  /** What was filled; null where nothing had to be. */
  filled: Filled | null;
}

/**
 * Makes the stored features of a venue anew where some are of another definition than the current one. A model must not
 * see two definitions under one name.
 */
export async function rebuildFeatures(
  db: QuestDb,
  { venue, timeframe, force = false }: RebuildRequest,
  onProgress?: (done: number, total: number) => void,
): Promise<Rebuilt> {
  const current = setHash(timeframe);
  const outdated = await countOutdated(db, venue, timeframe);
  if (outdated === 0 && !force) return { timeframe, set_hash: current, outdated, left: 0, filled: null };
  const filled = await fillFeatures(db, { venue, timeframe, onlyMissing: !force }, onProgress);
  return { timeframe, set_hash: current, outdated, left: await countOutdated(db, venue, timeframe), filled };
}

/** Stored rows that were made by another definition than the current one. */
async function countOutdated(db: QuestDb, venue: string, timeframe: FeatureTimeframe): Promise<number> {
  const rows = await db.rows('features/stored_definitions', { venue, timeframe });
  const current = setHash(timeframe);
  return rows.filter((row) => row.set_hash !== current).reduce((sum, row) => sum + row.rows, 0);
}
