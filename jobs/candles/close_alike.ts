import type { MinuteRange } from '#lib/time.ts';
import type { CloseClient } from './close_client.ts';

/** Symbols with the same minutes are closed by the same statements. */
export async function closeAlike(
  closeClient: CloseClient,
  venue: string,
  ranges: ReadonlyMap<string, MinuteRange[]>,
): Promise<void> {
  const alike = Map.groupBy(ranges, ([, own]) => JSON.stringify(own));
  for (const group of alike.values())
    await closeClient.close({ venue, symbols: group.map(([symbol]) => symbol), ranges: group[0][1] });
}
