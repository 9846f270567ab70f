import type { Listing } from '#ingest/listing.ts';
import { SocketFeed, type SocketKind } from '#ingest/transport/socket_feed.ts';
import type { SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import { type FollowOptions, followed } from '#ingest/venues/followed.ts';
import { tradeStreamOf } from './instruments.ts';
import { BinanceProtocol, type Channel } from './protocol.ts';

/** `wsUrl` has no path: the venue splits its streams over two. */
export interface BinanceFeedOptions extends FollowOptions {
  /** One stream a symbol. The venue allows 1,024. */
  streamsPerSocket?: number;
  /** As `stallMs`, for the socket of trades, on which quiet symbols say nothing for a while. */
  tradeStallMs?: number;
}

/** The venue cuts a client off that sends more than ten messages a second, pongs included. */
const subscriptionTimings: SubscriptionTimings = { spacingMs: 250, ackTimeoutMs: 10_000, perRequest: 50 };

/** The venue ends a connection after 24 hours. */
const maxAgeMs = (24 * 60 - 10) * 60_000;

/**
 * Trades and best bids and asks of Binance USD-M futures. The venue answers on `/market` for trades and on `/public` for
 * the book, and is silent where the wrong one is asked. Its pings are answered by the WebSocket itself.
 */
export class BinanceFeed extends SocketFeed {
  /** @throws UserError when there is no symbol or the exchange does not list one */
  constructor({ streamsPerSocket = 200, tradeStallMs = 60_000, ...options }: BinanceFeedOptions) {
    const timings = { ...subscriptionTimings, ...options.subscriptions };
    const kind = (path: string, channelOf: (listing: Listing) => Channel): SocketKind => ({
      url: `${options.wsUrl.replace(/\/+$/, '')}/${path}/stream`,
      protocol: (listings, deduplicator, log) =>
        new BinanceProtocol(listings, channelOf, { deduplicator, log, timings }),
    });
    super({
      ...{ maxAgeMs, ...followed(options), tradeIds: 'count' },
      symbolsPerSocket: Math.max(1, streamsPerSocket),
      // Trades first: the first quote of a symbol then shows that its trades are coming too.
      sockets: [
        { ...kind('market', tradeStreamOf), kind: 'trade', stallMs: tradeStallMs },
        { ...kind('public', () => 'bookTicker'), kind: 'quote' },
      ],
    });
  }
}
