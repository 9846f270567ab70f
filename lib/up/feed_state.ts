import type { Redis } from 'ioredis';
import type { BlofinFeed } from '#ingest/blofin/feed.ts';
import type { MarketEvent } from '#ingest/feed.ts';
import type { CloseOrders } from '#ingest/orders.ts';
import type { SessionSummary } from '#ingest/session.ts';
import type { TickWriter } from '#ingest/writer.ts';
import { type FeedState, writeFeedState } from '#jobs/active_market.ts';
import { reasonOf } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';

export interface FeedParts {
  venue: string;
  feed: BlofinFeed;
  writer: TickWriter;
  orders: CloseOrders;
}

/** Tickers come every second: a publication every two keeps up with them. */
const publishMs = 2_000;

/** Says in Redis how the feed is, for `status`, until stopped. */
export class FeedStatePublisher {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #parts: FeedParts;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #newest: FeedState['newest'] = {};
  #state: FeedState['state'] = 'connecting';
  #cause: string | null = null;
  #summary: Pick<SessionSummary, 'rows' | 'rejected' | 'reasons'> = { rows: 0, rejected: 0, reasons: {} };

  constructor(redis: Redis, prefix: string, parts: FeedParts, log: Logger) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#parts = parts;
    this.#log = log;
    this.#timer = setInterval(() => this.#publish(), publishMs);
  }

  saw(event: MarketEvent, summary: Readonly<SessionSummary>): void {
    this.#summary = summary;
    if (event.type === 'tick') {
      const { symbol, ts } = event.tick;
      this.#newest[symbol] = Math.max(this.#newest[symbol] ?? 0, ts);
    } else if (event.type === 'subscribed') {
      this.#state = 'connected';
      this.#cause = null;
    } else if (event.type === 'disconnected') {
      this.#state = 'disconnected';
      this.#cause = event.cause;
    }
  }

  /** Says the last word: stopped, with the final counts. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#state = 'stopped';
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const { venue, feed, writer, orders } = this.#parts;
    const { duplicates, reconnects } = feed.counters;
    const { rows, rejected, reasons } = this.#summary;
    try {
      await writeFeedState(this.#redis, this.#prefix, {
        at: new Date().toISOString(),
        pid: process.pid,
        venue,
        state: this.#state,
        cause: this.#cause,
        newest: this.#newest,
        rows,
        rejected,
        reasons,
        duplicates,
        reconnects,
        writer: writer.counters,
        orders_waiting: orders.waiting,
      });
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'feed state not published');
    }
  }
}
