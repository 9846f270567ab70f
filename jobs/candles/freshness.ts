import { UserError } from '#lib/errors.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';

export interface FreshnessRequest {
  venue: string;
  /** The wall's clock for a live market; otherwise the time of the venue's newest event. */
  clock: 'wall' | 'market';
  /** A symbol whose newest data is older than this is stale. */
  staleSeconds: number;
}

const day = 86_400_000_000;

/** The time on a market's clock. */
export async function marketNow(db: QuestDb, venue: string, clock: 'wall' | 'market'): Promise<Micros> {
  if (clock === 'wall') return Date.now() * 1000;
  const [row] = await db.rows('freshness/market_clock', { venue });
  if (!row.now) throw new UserError(`There is nothing of ${venue} yet.`, 'Import candles or start a feed.');
  return row.now.getTime() * 1000;
}

/** Stores how old the newest tick and candle of each symbol are.  */
export async function measureFreshness(db: QuestDb, request: FreshnessRequest): Promise<{ now: Micros }> {
  const now = await marketNow(db, request.venue, request.clock);
  await db.preparedRun('freshness/measure', {
    venue: request.venue,
    now: new Timestamp(now),
    since: new Timestamp(Math.max(0, now - day)),
    stale_seconds: request.staleSeconds,
    measured_at: new Timestamp(Date.now() * 1000),
  });
  await db.applied(['freshness']);
  return { now };
}
