import { countStored } from '#ingest/store/audit.ts';
import type { FeedState } from '#jobs/live_state.ts';
import type { QuestDb } from '#lib/questdb/database.ts';

/** Where the ticks are that this session of the feed has received. */
export interface AccountStatus {
  received: number;
  /** Those that QuestDB counts. */
  stored: number;
  /** In memory. */
  queued: number;
  /** On disk, for want of an acknowledgement. */
  spooled: number;
  rejected: number;
  /** Dropped before sending. */
  duplicates: number;
  /** What a broken disk has taken of the spool. */
  lost: number;
  /** received − stored − queued − spooled − rejected − duplicates − lost: rows that are nowhere. */
  unaccounted: number;
}

/** The account as the feed last stated it, with QuestDB's own count of what it has acknowledged. */
export async function accountStatus(db: QuestDb, { venue, account }: FeedState): Promise<AccountStatus> {
  const { received, queued, spooled, rejected, duplicates, lost, audit } = account;
  // A count that was under way when the feed spoke has told nothing yet.
  let stored = audit.counted;
  for (const each of [audit.counting, audit.since]) if (each) stored += await countStored(db, venue, each.span);
  const elsewhere = stored + queued + spooled + rejected + duplicates + lost;
  return { received, stored, queued, spooled, rejected, duplicates, lost, unaccounted: received - elsewhere };
}
