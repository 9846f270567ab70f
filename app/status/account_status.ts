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
  /** received − stored − queued − spooled − rejected − duplicates − lost: rows that nobody can account for. */
  unaccounted: number;
}

/** The account as the feed last stated it, with QuestDB's own count of what it has acknowledged. */
export async function accountStatus(db: QuestDb, { venue, account }: FeedState): Promise<AccountStatus> {
  const { received, queued, spooled, rejected, duplicates, lost, audit } = account;
  const since = audit.since ? await countStored(db, venue, audit.since.span) : 0;
  const stored = audit.counted + since;
  const elsewhere = stored + queued + spooled + rejected + duplicates + lost;
  return { received, stored, queued, spooled, rejected, duplicates, lost, unaccounted: received - elsewhere };
}
