import type { VenueName } from '#lib/venue.ts';
import { binanceUm } from './binance/venue.ts';
import { blofin } from './blofin/venue.ts';
import type { Venue } from './venue.ts';

/** How each venue is spoken to. One more is a folder beside `blofin/` and a line here; its name goes into `lib/venue.ts`. */
export const venues = { blofin, 'binance-um': binanceUm } satisfies Record<VenueName, Venue>;
