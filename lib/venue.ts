/** The venues whose markets can be followed. Each has a folder in `ingest/venues/` and a line in its registry. */
export const venueNames = ['blofin', 'binance-um'] as const;

export type VenueName = (typeof venueNames)[number];

/** The venue of every row of a simulated market. */
export const simulatedVenue = 'sim';

/** Whether rows of this venue are made up. Nothing trained on them may ever be promoted. */
export function isSimulated(venue: string): boolean {
  return venue === simulatedVenue || venue.startsWith(`${simulatedVenue}-`);
}

/** The commands that bring candles in, for the remedy of an error. Without a venue: of the configured one. */
export function bringCandles(venue?: string, symbols: readonly string[] = []): string {
  const of = venue === undefined ? '' : ` --venue ${venue}`;
  const files = `./tickforest import candles-csv${of} FILES`;
  if (venue !== undefined && !venueNames.some((name) => name === venue)) return files;
  return `./tickforest backfill${of}${symbols.length > 0 ? ` --symbols ${symbols.join(',')}` : ''}, or ${files}`;
}
