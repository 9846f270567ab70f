import { type Listing, listingsOf } from '#ingest/listing.ts';
import type { FeedTimings, SocketFeedOptions } from '#ingest/transport/socket_feed.ts';
import type { SubscriptionTimings } from '#ingest/transport/subscriptions.ts';
import type { VenueFeedOptions } from './venue.ts';

/** What the feeds of all venues take. */
export interface FollowOptions extends VenueFeedOptions, Partial<FeedTimings>, Pick<SocketFeedOptions, 'highWater'> {
  subscriptions?: Partial<SubscriptionTimings>;
}

/**
 * What a feed follows, and what its sockets have in common.
 * @throws UserError when the exchange does not list a symbol
 */
export function followed<Options extends FollowOptions>({ instruments, symbols, origin, ...options }: Options) {
  const listings: Listing[] = listingsOf([...new Set(symbols)], instruments);
  return { ...options, listings, expected: origin };
}
