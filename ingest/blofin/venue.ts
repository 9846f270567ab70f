import type { Venue } from '#ingest/venues.ts';
import { BlofinFeed } from './feed.ts';
import { reachable } from './reachable.ts';
import { BlofinRest } from './rest.ts';

/** Blofin's perpetuals: docs.blofin.com. */
export const blofin: Venue = {
  name: 'blofin',
  restUrl: 'https://openapi.blofin.com',
  wsUrl: 'wss://openapi.blofin.com/ws/public',
  localWsUrl: (restUrl) => `${restUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}/ws/public`,
  rest: (options) => new BlofinRest(options),
  feed: (options) => new BlofinFeed(options),
  reachable,
};
