import type { Listing } from '#ingest/listing.ts';
import { listingsOf } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';
import { SocketFeed, type SocketFeedOptions } from '#ingest/transport/socket_feed.ts';
import { BlofinProtocol } from './protocol.ts';
import type { SubscriptionTimings } from './subscriptions.ts';

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

/** One request each 100 ms stays far below the 480 an hour and connection that Blofin once documented. */
const subscriptionTimings: SubscriptionTimings = { spacingMs: 100, ackTimeoutMs: 10_000 };

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
        { url: wsUrl, protocol: (listings, intake, log) => new BlofinProtocol(listings, intake, log, timings) },
      ],
    });
  }
}
