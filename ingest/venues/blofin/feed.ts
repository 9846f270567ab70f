import { type Listing, listingsOf } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';
import { SocketFeed, type SocketFeedOptions } from '#ingest/transport/socket_feed.ts';
import type { SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import { BlofinProtocol } from './protocol.ts';

export interface BlofinFeedOptions
  extends Omit<SocketFeedOptions, 'listings' | 'expected' | 'symbolsPerSocket' | 'sockets'> {
  wsUrl: string;
  /** What the venue lists, as `BlofinRest.instruments` gives it. */
  instruments: ReadonlyMap<string, Listing>;
  symbols: readonly string[];
  /** `BlofinRest.origin`. */
  origin: Origin;
  subscriptions?: Partial<SubscriptionTimings>;
  /** Two topics a symbol. */
  topicsPerSocket?: number;
}

/** The venue refuses a whole message for one bad topic, and once documented 480 operations an hour and connection. */
const subscriptionTimings: SubscriptionTimings = { spacingMs: 100, ackTimeoutMs: 10_000, perRequest: 1 };

/** Trades and tickers of Blofin's public WebSocket. */
export class BlofinFeed extends SocketFeed {
  /** @throws UserError when there is no symbol or the exchange does not list one */
  constructor({
    wsUrl,
    instruments,
    symbols,
    origin,
    subscriptions,
    topicsPerSocket = 50,
    ...rest
  }: BlofinFeedOptions) {
    const timings = { ...subscriptionTimings, ...subscriptions };
    super({
      ...rest,
      listings: listingsOf([...new Set(symbols)], instruments),
      expected: origin,
      symbolsPerSocket: Math.max(1, Math.floor(topicsPerSocket / 2)),
      sockets: [
        {
          url: wsUrl,
          protocol: (listings, deduplicator, log) => new BlofinProtocol(listings, deduplicator, log, timings),
        },
      ],
    });
  }
}
