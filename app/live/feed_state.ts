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
import { accountOf } from './account.ts';
import { Backlog } from './backlog.ts';
import { RefusalWindow } from './refusal_window.ts';
import { SymbolPulse } from './symbol_pulse.ts';

export interface FeedParts {
  venue: string;
  /** What jobs are to work on; said again each time, since Redis may have lost its data. */
  market(): ActiveMarket;
  feed: Feed;
  writer: TickWriter;
  audit: Audit;
  /** What the session counts. */
  summary: Readonly<SessionSummary>;
  requests: CloseRequests;
  /** Bytes that the spool may take. */
  spoolLimit: number;
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
  readonly #refusals = new RefusalWindow();
  readonly #backlog: Backlog;
  readonly #startedAt = new Date().toISOString();
  /** Symbols of connections that are up, and of those that are not. */
  readonly #down = new Set<string>();
  #connection: FeedState['state'] = 'connecting';
  #cause: string | null = null;
  #auditTrouble: string | null = null;

  constructor(redis: Redis, prefix: string, parts: FeedParts, log: Logger) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#parts = parts;
    this.#log = log;
    this.#backlog = new Backlog(parts.spoolLimit);
    this.#timers = [setInterval(() => this.#publish(), publishMs), setInterval(() => this.#count(), auditMs)];
  }

  saw(event: MarketEvent): void {
    if (event.type === 'tick') {
      this.#pulse.saw(event.tick);
      return;
    }
    this.#refusals.saw(event);
    if (event.type === 'subscribed') for (const symbol of event.symbols) this.#down.delete(symbol);
    if (event.type === 'disconnected') {
      for (const symbol of event.symbols) this.#down.add(symbol);
      this.#cause = event.cause;
    }
    if (event.type === 'subscribed' || event.type === 'disconnected') {
      this.#connection = this.#down.size === 0 ? 'connected' : 'disconnected';
      if (this.#connection === 'connected') this.#cause = null;
    }
  }

  /** Says the last word: stopped, with the final counts. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#connection = 'stopped';
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
    // All of one moment: between two answers of Redis rows go on their way.
    const state = this.#state();
    try {
      await writeMarket(this.#redis, this.#prefix, this.#parts.market());
      await writeFeedState(this.#redis, this.#prefix, state);
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'feed state not published');
    }
  }

  #state(): FeedState {
    const { venue, feed, writer, summary, requests, healed, skipped } = this.#parts;
    const { reused, frames, reconnects } = feed.counters;
    const { recovered, recovered_waiting, damaged_rows, damaged_records, spool_bytes, failures } = writer.counters;
    const oldest = writer.oldestWaiting;
    const backlog = this.#backlog.read({
      ...{ ticks: writer.counters.queued + writer.counters.spooled, spoolBytes: spool_bytes },
      since: oldest === undefined ? undefined : oldest / 1_000,
    });
    return {
      at: new Date().toISOString(),
      started_at: this.#startedAt,
      pid: process.pid,
      venue,
      state: this.#connection,
      cause: this.#cause,
      down: [...this.#down],
      skipped: skipped(),
      symbols: this.#pulse.read(),
      untraded: summary.untraded,
      refused: this.#refusals.read(feed.counters.received),
      account: accountOf({ ...this.#parts, healed: healed() }),
      ...{
        frames,
        reconnects,
        reused_ids: reused,
        reasons: summary.reasons,
        recovered,
        recovered_waiting,
        damaged_rows,
        damaged_records,
        spool_bytes,
        backlog,
      },
      ...{ write_failures: failures, trouble: writer.trouble ?? null, audit_trouble: this.#auditTrouble },
      close_requests_waiting: requests.waiting,
    };
  }
}
