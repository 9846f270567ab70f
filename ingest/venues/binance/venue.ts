import type { Venue } from '#ingest/venues/venue.ts';
import { BinanceFeed } from './feed.ts';
import { openRecording, recordingKinds } from './local/recording.ts';
import { startExchange } from './local/server.ts';
import { reachable } from './reachable.ts';
import { BinanceRest } from './rest.ts';

/** The perpetuals of Binance USD-M futures: developers.binance.com. */
export const binanceUm = {
  name: 'binance-um',
  title: 'Binance USD-M futures',
  restUrl: 'https://fapi.binance.com',
  wsUrl: 'wss://fstream.binance.com',
  wsUrlBeside: (restUrl) => restUrl.replace(/^http/, 'ws').replace(/\/+$/, ''),
  rest: (options) => new BinanceRest(options),
  feed: (options) => new BinanceFeed(options),
  reachable,
  local: {
    recordingKinds,
    replay: async (directory, options) => {
      const market = await openRecording(directory, options);
      return { market, ...(await startExchange({ ...options, market, autoplay: true })) };
    },
  },
} satisfies Venue;
