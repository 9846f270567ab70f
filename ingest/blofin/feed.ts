import { setMaxListeners } from 'node:events';
import type { Feed, MarketEvent, TickSource } from '#ingest/feed.ts';
import { UserError } from '#lib/errors.ts';
import { type Logger, silent } from '#lib/log.ts';
import { Backoff } from './backoff.ts';
import { type ConnectionTimings, connection } from './connection.ts';
import { Gate } from './gate.ts';
import { contractsOf } from './instruments.ts';
import { merge } from './merge.ts';
import type { Origin } from './origin.ts';
import { pause } from './pause.ts';
import { type FeedCounters, Translator } from './translator.ts';

export interface FeedTimings extends ConnectionTimings {
  backoffMinMs: number;
  backoffMaxMs: number;
  /** Least wait after a handshake refused with 429 or 403. */
  throttledMs: number;
  /** Between two handshakes. */
  connectSpacingMs: number;
}

export interface BlofinFeedOptions extends Partial<FeedTimings> {
  wsUrl: string;
  /** Base coin per contract of each symbol, as `BlofinRest.instruments` gives it. */
  instruments: ReadonlyMap<string, { contractValue: string | number }>;
  symbols: readonly string[];
  /** `BlofinRest.origin().venue`. */
  venue: string;
  /** `sourceOf(await rest.origin(), 'ws')`. */
  source: TickSource;
  log?: Logger;
  /** Two topics a symbol. */
  topicsPerSocket?: number;
  /** Events held per socket for a reader that is behind before the socket is paused. */
  highWater?: number;
}

const timings: FeedTimings = {
  subscribeSpacingMs: 100,
  ackTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  // The venue closes after 30 s without traffic and sends no pings of its own.
  pingMs: 22_000,
  stallMs: 30_000,
  backoffMinMs: 1_000,
  backoffMaxMs: 30_000,
  throttledMs: 10_000,
  connectSpacingMs: 1_100,
};

/**
 * Trades and tickers of Blofin's public WebSocket, with reconnects. Iterating (once) starts it. Each connection's events
 * come in the order of arrival; `subscribed` and `disconnected` name the symbols that the connection carries. A market
 * that ends (a recording) ends the iteration once all was yielded; so does `close`.
 */
export class BlofinFeed implements Feed {
  readonly #options: BlofinFeedOptions & FeedTimings & { log: Logger };
  readonly #expected: Origin;
  readonly #translator: Translator;
  readonly #closing = new AbortController();
  readonly #gate: Gate;
  #started = false;

  /** @throws UserError when there is no symbol or the exchange does not list one */
  constructor(options: BlofinFeedOptions) {
    if (options.symbols.length === 0) throw new UserError('There is no symbol to follow.', 'Set market.symbols.');
    const { venue, source } = options;
    const kind = source === 'replay' ? 'recording' : venue === 'sim' ? 'simulated' : 'live';
    this.#options = { log: silent, ...timings, ...options };
    this.#expected = { venue, kind };
    this.#translator = new Translator(contractsOf(options.symbols, options.instruments));
    this.#gate = new Gate(this.#options.connectSpacingMs);
    // Every connection listens to it; Node warns from the eleventh on.
    setMaxListeners(0, this.#closing.signal);
  }

  get counters(): Readonly<FeedCounters> {
    return this.#translator.counters;
  }

  /** Ends the feed: sockets close, and the iteration ends after what was received. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MarketEvent, void, void> {
    if (this.#started) throw new Error('a feed can be iterated once; make another one');
    this.#started = true;
    const groups = groupsOf([...new Set(this.#options.symbols)], this.#options.topicsPerSocket ?? 50);
    const lines = groups.map((symbols) => this.#line(symbols));
    try {
      if (lines.length === 1) yield* lines[0];
      else yield* merge(lines, () => this.close());
    } finally {
      await this.close();
    }
  }

  /** The symbols of one socket, over as many connections as it takes. */
  async *#line(symbols: string[]): AsyncGenerator<MarketEvent, void, void> {
    const { signal } = this.#closing;
    const { log } = this.#options;
    const translator = this.#translator;
    const expected = this.#expected;
    const backoff = new Backoff(this.#options.backoffMinMs, this.#options.backoffMaxMs);
    const highWater = this.#options.highWater ?? 10_000;
    const onData = () => backoff.reset();
    for (let attempt = 0; !signal.aborted; attempt++) {
      await this.#gate.turn(signal);
      if (signal.aborted) return;
      if (attempt > 0) translator.counters.reconnects += 1;
      const options = { ...this.#options, symbols, expected, highWater, translator, log, onData };
      const { cause, over, throttled } = yield* connection(options, signal);
      if (over || signal.aborted) return;
      yield { type: 'disconnected', venue: expected.venue, symbols, cause, at: Date.now() * 1_000 };
      const wait = Math.max(backoff.next(), throttled ? this.#options.throttledMs : 0);
      log.warn({ symbols, cause, wait: Math.round(wait) }, 'feed disconnected');
      await pause(wait, signal);
    }
  }
}

/** As few and as even groups as hold all symbols with two topics each. */
function groupsOf(symbols: string[], topicsPerSocket: number): string[][] {
  const count = Math.ceil((2 * symbols.length) / Math.max(2, topicsPerSocket - (topicsPerSocket % 2)));
  const size = Math.ceil(symbols.length / count);
  return Array.from({ length: count }, (_, i) => symbols.slice(i * size, (i + 1) * size)).filter(
    (group) => group.length > 0,
  );
}
