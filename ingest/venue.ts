/** The venue of every row of a simulated market. */
export const simulatedVenue = 'sim';

/** Whether rows of this venue are made up. Nothing trained on them may ever be promoted. */
export function isSimulated(venue: string): boolean {
  return venue === simulatedVenue || venue.startsWith(`${simulatedVenue}-`);
}
