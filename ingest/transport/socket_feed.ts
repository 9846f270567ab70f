import { setMaxListeners } from 'node:events';
import type { FeedCounters, LiveFeed, MarketEvent, Tick, TradeIds } from '#ingest/feed.ts';
import type { Listing } from '#ingest/listing.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { PlausibilityFilter, type PlausibilityLimits } from '#ingest/normalise/plausibility.ts';
import type { Origin } from '#ingest/origin.ts';
import { UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { Backoff } from './backoff.ts';
import { ConnectThrottle } from './connect_throttle.ts';
import { connection, isRow, type OpenLine } from './connection.ts';
import { LagWatch } from './lag.ts';
import { Merge } from './merge.ts';
import { pause } from './pause.ts';
import type { Protocol, SocketTimings } from './socket.ts';

export interface FeedTimings extends SocketTimings {
  backoffMinMs: number;
  backoffMaxMs: number;
  /** Least wait after a handshake refused with 429, 418 or 403. */
  throttledMs: number;
  /** Between two handshakes. */
  connectSpacingMs: number;
  /** A stream later than this, beyond the usual delay, is replaced. */
  maxLagMs: number;
}

export const feedTimings: FeedTimings = {
  handshakeTimeoutMs: 10_000,
  // Venues close after 30 s without traffic.
  pingMs: 22_000,
  stallMs: 30_000,
  maxAgeMs: Number.POSITIVE_INFINITY,
  backoffMinMs: 1_000,
  backoffMaxMs: 30_000,
  throttledMs: 10_000,
  connectSpacingMs: 1_100,
  maxLagMs: 15_000,
};

/** One kind of socket that a venue's symbols need. */
export interface SocketKind extends Partial<SocketTimings> {
  url: string;
  /** Where it brings ticks of one kind alone: which. */
  kind?: Tick['kind'];
  /** What a socket for these listings speaks. */
  protocol: (listings: readonly Listing[], deduplicator: Deduplicator, log: Logger) => Protocol;
}

export interface SocketFeedOptions extends Partial<FeedTimings> {
  /** A group of symbols takes one socket of each kind, opened in this order; most venues have one kind. */
  sockets: readonly SocketKind[];
  listings: readonly Listing[];
  tradeIds: TradeIds;
  /** Whose market it is to be; a server that shows another one ends the feed with an error. */
  expected: Origin;
  symbolsPerSocket: number;
  log?: Logger;
  limits?: PlausibilityLimits;
  /** Events held per connection for a reader that is behind before its sockets are paused. */
  highWater?: number;
  /** Called with each text frame as it came; `socket` tells the connections apart. */
  onFrame?: (text: string, receivedAt: Micros, socket: number) => void;
}

/**
 * A venue's stream over as many sockets as it takes, with reconnects. Iterating (once) starts it. Each connection's
 * events come in the order of arrival; `subscribed` and `disconnected` name the symbols that the connection carries.
 * A market that ends (a recording) ends the iteration once all was yielded; so does `close`.
 */
export class SocketFeed implements LiveFeed {
  readonly #options: SocketFeedOptions & FeedTimings & { log: Logger; highWater: number };
  readonly #deduplicator: Deduplicator;
  readonly #lag: LagWatch;
  readonly #throttle: ConnectThrottle;
  readonly #closing = new AbortController();
  readonly #lines: Merge<MarketEvent>;
  /** By symbol, as they are now; connections read it when they begin. */
  readonly #listings = new Map<string, Listing>();
  /** By symbol: the connection that carries it now, if one is open. */
  readonly #open = new Map<string, OpenLine>();
  #sockets = 0;
  #started = false;

  /** @throws UserError when there is no symbol */
  constructor(options: SocketFeedOptions) {
    if (options.listings.length === 0) throw new UserError('There is no symbol to follow.', 'Set market.symbols.');
    this.#options = { log: silent, highWater: 10_000, ...feedTimings, ...options };
    this.#deduplicator = new Deduplicator(new PlausibilityFilter(options.limits));
    this.#lag = new LagWatch(this.#options.maxLagMs, options.expected.kind === 'live');
    this.#throttle = new ConnectThrottle(this.#options.connectSpacingMs);
    this.#lines = new Merge(() => this.close());
    // Every connection listens to it; Node warns from the eleventh on.
    setMaxListeners(0, this.#closing.signal);
    this.follow(options.listings);
  }

  get tradeIds(): TradeIds {
    return this.#options.tradeIds;
  }

  get counters(): Readonly<FeedCounters> {
    return this.#deduplicator.counters;
  }

  get held(): number {
    const open = [...new Set(this.#open.values())];
    return open.reduce((sum, { held }) => sum + held, this.#lines.count(isRow));
  }

  /** Replaces the connection of this symbol, where one is open. */
  renew(symbol: string, cause: string): void {
    this.#open.get(symbol)?.renew(cause);
  }

  follow(listings: readonly Listing[]): void {
    const added = listings.filter(({ symbol }) => !this.#listings.has(symbol));
    for (const listing of listings) this.#listings.set(listing.symbol, listing);
    const symbols = [...new Set(added.map(({ symbol }) => symbol))];
    for (const group of evenGroups(symbols, this.#options.symbolsPerSocket)) this.#lines.add(this.#line(group));
  }

  /** Ends the feed: sockets close, and the iteration ends after what was received. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MarketEvent, void, void> {
    if (this.#started) throw new Error('a feed can be iterated once; make another one');
    this.#started = true;
    try {
      yield* this.#lines.drain();
    } finally {
      await this.close();
    }
  }

  /** A group of symbols, over as many connections as it takes. */
  async *#line(symbols: string[]): AsyncGenerator<MarketEvent, void, void> {
    const { signal } = this.#closing;
    const { log, expected, sockets, highWater, onFrame } = this.#options;
    const { counters } = this.#deduplicator;
    const backoff = new Backoff(this.#options.backoffMinMs, this.#options.backoffMaxMs);
    const first = this.#sockets;
    this.#sockets += sockets.length;
    for (let attempt = 0; !signal.aborted; attempt++) {
      if (attempt > 0) counters.reconnects += 1;
      const listings = symbols.map((symbol) => this.#listings.get(symbol)!);
      const options = {
        ...this.#options,
        ...{ expected, highWater, symbols, lag: this.#lag },
        sockets: sockets.map((kind) => ({ ...kind, protocol: kind.protocol(listings, this.#deduplicator, log) })),
        turn: () => this.#throttle.turn(signal),
        onFrame: onFrame && ((text: string, at: Micros, index: number) => onFrame(text, at, first + index)),
        onData: () => backoff.reset(),
        onOpen: (line: OpenLine) => {
          for (const symbol of symbols) this.#open.set(symbol, line);
        },
      };
      const { cause, over, throttled, since } = yield* connection(options, signal);
      if (over || signal.aborted) return;
      yield { type: 'disconnected', venue: expected.venue, symbols, cause, since, at: Date.now() * 1_000 };
      const wait = Math.max(backoff.next(), throttled ? this.#options.throttledMs : 0);
      log.warn({ symbols, cause, wait: Math.round(wait) }, 'feed disconnected');
      await pause(wait, signal);
    }
  }
}

/** As few and as even groups as hold them all. */
function evenGroups<T>(items: T[], most: number): T[][] {
  if (items.length === 0) return [];
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
