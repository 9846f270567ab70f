import { binanceUm } from '#ingest/binance/venue.ts';
import { blofin } from '#ingest/blofin/venue.ts';
import type { VenueName } from '#lib/venue.ts';
import type { Venue } from './venue.ts';

/** How each venue is spoken to. One more is a folder beside `blofin/` and a line here; its name goes into `lib/venue.ts`. */
export const venues = { blofin, 'binance-um': binanceUm } satisfies Record<VenueName, Venue>;
