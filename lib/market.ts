import { join } from 'node:path';
import { Limiter } from '#ingest/transport/limiter.ts';
import { type Venue, type VenueRest, venues } from '#ingest/venues.ts';
import type { WriterOptions } from '#ingest/writer.ts';
import type { Config } from '#lib/config.ts';
import type { Logger } from '#lib/log.ts';

/** The venue of the configuration, and how it is reached. */
export interface MarketAccess {
  definition: Venue;
  rest: VenueRest;
  restUrl: string;
  wsUrl: string;
}

/** @param exchange REST address of a local exchange that speaks the venue's protocols, instead of the venue itself */
export function openMarketAccess({ market }: Config, log: Logger, exchange?: string): MarketAccess {
  const definition = venues[market.venue];
  const restUrl = exchange ?? market.restUrl ?? definition.restUrl;
  const wsUrl = exchange ? definition.localWsUrl(exchange) : (market.wsUrl ?? definition.wsUrl);
  const rest = definition.rest({ url: restUrl, limiter: new Limiter({ perMinute: market.requestsPerMinute }), log });
  return { definition, rest, restUrl, wsUrl };
}

/** How ticks of this venue are written. The spool is the venue's own, so that what one feed left is sent by the same. */
export function writerOptions({ ingest, dataDir }: Config, venue: string): WriterOptions {
  const { flushMs, batchRows, queueRows, spoolMib, spoolSync } = ingest;
  const directory = join(dataDir, 'spool', venue);
  return { flushMs, batchRows, queueRows, spool: { directory, maxBytes: spoolMib * 2 ** 20, sync: spoolSync } };
}
