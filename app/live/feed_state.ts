import type { Redis } from 'ioredis';
import type { CloseRequests } from '#ingest/close_requests.ts';
import type { Feed, MarketEvent } from '#ingest/feed.ts';
import type { SessionSummary } from '#ingest/session/ingest.ts';
import type { Audit } from '#ingest/store/audit.ts';
import type { TickWriter } from '#ingest/store/writer.ts';
import { pause } from '#ingest/transport/pause.ts';
import { type ActiveMarket, type FeedState, writeFeedState, writeMarket } from '#jobs/live_state.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { SymbolPulse } from './symbol_pulse.ts';

export interface FeedParts {
  venue: string;
  /** What jobs are to work on; said again each time, since Redis may have lost its data. */
  market(): ActiveMarket;
  feed: Feed;
  writer: TickWriter;
  audit: Audit;
  requests: CloseRequests;
  /** Trades that the healer has written beside those of the feed. */
  healed(): number;
  /** Symbols that the venue does not list. */
  skipped(): string[];
}

/** Tickers come every second: a publication every two keeps up with them. */
const publishMs = 2_000;
/** Between two counts of what QuestDB really has. */
const auditMs = 10_000;
const lastCountMs = 2_000;

/** Says in Redis how the feed is, for `status`, until stopped. */
export class FeedStatePublisher {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #parts: FeedParts;
  readonly #log: Logger;
  readonly #timers: NodeJS.Timeout[];
  readonly #pulse = new SymbolPulse();
  readonly #startedAt = new Date().toISOString();
  /** Symbols of connections that are up, and of those that are not. */
  readonly #down = new Set<string>();
  #state: FeedState['state'] = 'connecting';
  #cause: string | null = null;
  #reasons: SessionSummary['reasons'] = {};
  #auditTrouble: string | null = null;

  constructor(redis: Redis, prefix: string, parts: FeedParts, log: Logger) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#parts = parts;
    this.#log = log;
    this.#timers = [setInterval(() => this.#publish(), publishMs), setInterval(() => this.#count(), auditMs)];
  }

  saw(event: MarketEvent, summary: Readonly<SessionSummary>): void {
    if (event.type === 'tick') {
      this.#pulse.saw(event.tick);
      return;
    }
    this.#reasons = summary.reasons;
    if (event.type === 'subscribed') for (const symbol of event.symbols) this.#down.delete(symbol);
    if (event.type === 'disconnected') {
      for (const symbol of event.symbols) this.#down.add(symbol);
      this.#cause = event.cause;
    }
    if (event.type === 'subscribed' || event.type === 'disconnected') {
      this.#state = this.#down.size === 0 ? 'connected' : 'disconnected';
      if (this.#state === 'connected') this.#cause = null;
    }
  }

  /** Says the last word: stopped, with the final counts. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#state = 'stopped';
    // Where QuestDB does not answer, the count is left to `status`.
    const over = new AbortController();
    await Promise.race([this.#count(), pause(lastCountMs, over.signal)]);
    over.abort();
    await this.#publish();
  }

  async #count(): Promise<void> {
    try {
      await this.#parts.audit.count();
      this.#auditTrouble = null;
    } catch (error) {
      // QuestDB is away or behind: `status` says that by itself, and the next count includes this one's rows.
      this.#auditTrouble = reasonOf(error);
    }
  }

  async #publish(): Promise<void> {
    const { venue, market, feed, writer, audit, requests, healed, skipped } = this.#parts;
    const { received, duplicates, reused, rejected, frames, reconnects } = feed.counters;
    const { acknowledged, spooled, lost, recovered, recovered_waiting, spool_bytes, failures } = writer.counters;
    const { damaged_rows, damaged_records } = writer.counters;
    const all = received + healed();
    try {
      await writeMarket(this.#redis, this.#prefix, market());
      await writeFeedState(this.#redis, this.#prefix, {
        at: new Date().toISOString(),
        started_at: this.#startedAt,
        pid: process.pid,
        venue,
        state: this.#state,
        cause: this.#cause,
        down: [...this.#down],
        skipped: skipped(),
        symbols: this.#pulse.read(),
        account: {
          ...{ received: all, duplicates, rejected, acknowledged, spooled, lost },
          // Everything that has come and is nowhere else is in memory.
          queued: all - duplicates - rejected - acknowledged - spooled - lost,
          audit: audit.state,
        },
        ...{
          frames,
          reconnects,
          reused_ids: reused,
          reasons: this.#reasons,
          recovered,
          recovered_waiting,
          damaged_rows,
          damaged_records,
          spool_bytes,
        },
        ...{ write_failures: failures, trouble: writer.trouble ?? null, audit_trouble: this.#auditTrouble },
        close_requests_waiting: requests.waiting,
      });
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'feed state not published');
    }
  }
}
