import { join } from 'node:path';
import { CoolDownFile } from '#ingest/transport/cool_down_file.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import type { Config } from '#lib/config.ts';
import type { Logger } from '#lib/log.ts';
import type { VenueName } from '#lib/venue.ts';
import { venues } from './registry.ts';
import type { Venue, VenueRest } from './venue.ts';

/** Where a data directory keeps by which exchanges it is suspended. */
export const coolDownFileOf = (dataDir: string) => join(dataDir, 'cooldown.json');

/** The venue of the configuration, and how it is reached. */
export interface MarketAccess {
  definition: Venue;
  rest: VenueRest;
  restUrl: string;
  wsUrl: string;
}

export interface MarketChoice {
  /** Default: `market.venue`. */
  venue?: VenueName;
  /** REST address of a local exchange that speaks the venue's protocols, instead of the venue itself. */
  exchange?: string;
  /** Called before a suspension by the exchange is waited out. Without it, requests within one fail. */
  onWait?: (waitMs: number, cause: string) => void;
}

export function openMarketAccess({ market, dataDir }: Config, log: Logger, choice: MarketChoice = {}): MarketAccess {
  const { venue = market.venue, exchange, onWait } = choice;
  const definition = venues[venue];
  // Addresses in the configuration are those of its venue.
  const { restUrl: rest, wsUrl: ws } = venue === market.venue ? market : {};
  const restUrl = exchange ?? rest ?? definition.restUrl;
  const wsUrl = exchange ? definition.wsUrlBeside(exchange) : (ws ?? definition.wsUrl);
  // One limiter for the process; suspensions are remembered beyond it.
  const limiter = new Limiter({
    ...{ perMinute: market.requestsPerMinute, memory: new CoolDownFile(coolDownFileOf(dataDir), restUrl) },
    ...(onWait ? { onWait } : {}),
  });
  return { definition, rest: definition.rest({ url: restUrl, limiter, log }), restUrl, wsUrl };
}
