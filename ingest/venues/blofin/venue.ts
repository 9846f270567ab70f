import type { Venue } from '#ingest/venues/venue.ts';
import { BlofinFeed } from './feed.ts';
import { openRecording } from './local/recording.ts';
import { startExchange } from './local/server.ts';
import { reachable } from './reachable.ts';
import { BlofinRest } from './rest.ts';

/** Blofin's perpetuals: docs.blofin.com. */
export const blofin = {
  name: 'blofin',
  title: 'Blofin',
  restUrl: 'https://openapi.blofin.com',
  wsUrl: 'wss://openapi.blofin.com/ws/public',
  wsUrlBeside: (restUrl) => `${restUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}/ws/public`,
  rest: (options) => new BlofinRest(options),
  feed: (options) => new BlofinFeed(options),
  reachable,
  local: {
    recordingKinds: ['blofin-frames'],
    replay: async (directory, options) => {
      const market = await openRecording(directory, options);
      return { market, ...(await startExchange({ ...options, market, autoplay: true })) };
    },
  },
} satisfies Venue;
