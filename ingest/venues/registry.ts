import { binanceUm } from '#ingest/binance/venue.ts';
import { blofin } from '#ingest/blofin/venue.ts';
import type { Venue } from './venue.ts';

/** All venues. One more is a folder beside `blofin/` and a line here. */
export const venues: { readonly [name: string]: Venue } = {
  blofin,
  'binance-um': binanceUm,
};

export const venueNames = Object.keys(venues);
