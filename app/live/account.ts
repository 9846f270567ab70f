import type { Feed } from '#ingest/feed.ts';
import type { SessionSummary } from '#ingest/session/ingest.ts';
import type { Audit } from '#ingest/store/audit.ts';
import type { TickWriter } from '#ingest/store/writer.ts';
import type { FeedState } from '#jobs/live_state.ts';

/** Where rows of a session can be. */
export interface AccountParts {
  feed: Pick<Feed, 'counters' | 'held'>;
  summary: Pick<SessionSummary, 'rejected' | 'inHand'>;
  writer: Pick<TickWriter, 'counters'>;
  audit: Pick<Audit, 'state'>;
  /** Trades that the healer has written beside those of the feed. */
  healed: number;
}

/**
 * Where all rows are at this moment. Each place counts what it has by itself, and nothing is a remainder, so that a row that
 * gets lost between two of them shows.
 */
export function accountOf({ feed, summary, writer, audit, healed }: AccountParts): FeedState['account'] {
  const { acknowledged, queued, spooled, lost } = writer.counters;
  return {
    received: feed.counters.received + healed,
    duplicates: feed.counters.duplicates,
    rejected: summary.rejected,
    ...{ acknowledged, spooled, lost },
    queued: (feed.held ?? 0) + summary.inHand + queued,
    audit: audit.state,
  };
}
