import { SocketFeed } from '#ingest/transport/socket_feed.ts';
import type { SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import { type FollowOptions, followed } from '#ingest/venues/followed.ts';
import { BlofinProtocol } from './protocol.ts';

export interface BlofinFeedOptions extends FollowOptions {
  /** Two topics a symbol. */
  topicsPerSocket?: number;
}

/** The venue refuses a whole message for one bad topic, and once documented 480 operations an hour and connection. */
const subscriptionTimings: SubscriptionTimings = { spacingMs: 100, ackTimeoutMs: 10_000, perRequest: 1 };

/** Trades and tickers of Blofin's public WebSocket. */
export class BlofinFeed extends SocketFeed {
  /** @throws UserError when there is no symbol or the exchange does not list one */
  constructor({ topicsPerSocket = 50, ...options }: BlofinFeedOptions) {
    const timings = { ...subscriptionTimings, ...options.subscriptions };
    super({
      ...followed(options),
      // One counter for all instruments of the venue.
      tradeIds: 'order',
      symbolsPerSocket: Math.max(1, Math.floor(topicsPerSocket / 2)),
      sockets: [
        {
          url: options.wsUrl,
          protocol: (listings, deduplicator, log) => new BlofinProtocol(listings, deduplicator, log, timings),
        },
      ],
    });
  }
}
