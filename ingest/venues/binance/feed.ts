import { type Listing, listingsOf } from '#ingest/listing.ts';
import type { Origin } from '#ingest/origin.ts';
import { SocketFeed, type SocketFeedOptions, type SocketKind } from '#ingest/transport/socket_feed.ts';
import type { SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import { tradeStreamOf } from './instruments.ts';
import { BinanceProtocol, type Channel } from './protocol.ts';

export interface BinanceFeedOptions
  extends Omit<SocketFeedOptions, 'listings' | 'expected' | 'symbolsPerSocket' | 'sockets'> {
  /** Without a path: the venue splits its streams over two. */
  wsUrl: string;
  /** What the venue lists, as `BinanceRest.instruments` gives it. */
  instruments: ReadonlyMap<string, Listing>;
  symbols: readonly string[];
  /** `BinanceRest.origin`. */
  origin: Origin;
  subscriptions?: Partial<SubscriptionTimings>;
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
  constructor({ wsUrl, instruments, symbols, origin, subscriptions, ...rest }: BinanceFeedOptions) {
    const { streamsPerSocket = 200, tradeStallMs = 60_000, ...options } = rest;
    const timings = { ...subscriptionTimings, ...subscriptions };
    const kind = (path: string, channelOf: (listing: Listing) => Channel): SocketKind => ({
      url: `${wsUrl.replace(/\/+$/, '')}/${path}/stream`,
      protocol: (listings, deduplicator, log) =>
        new BinanceProtocol(listings, channelOf, { deduplicator, log, timings }),
    });
    super({
      maxAgeMs,
      ...options,
      listings: listingsOf([...new Set(symbols)], instruments),
      expected: origin,
      symbolsPerSocket: Math.max(1, streamsPerSocket),
      // Trades first: the first quote of a symbol then shows that its trades are coming too.
      sockets: [{ ...kind('market', tradeStreamOf), stallMs: tradeStallMs }, kind('public', () => 'bookTicker')],
    });
  }
}
