import { ExchangeCandleWriter } from '#ingest/history/exchange_candles.ts';
import type { VenueRest } from '#ingest/venues/venue.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import { type Micros, type MinuteRange, minute } from '#lib/time.ts';
import { type BoundedGap, merged, minutesOf } from './minutes.ts';

/** How many of a gap's minutes the exchange has stated, and how many it has not. */
export interface Stated {
  present: number;
  missing: number;
}

/**
 * Fetches the minutes that the gaps of one symbol touch into `exchange_candles`, except for those that are there already
 * (a backfill's, say). The closer still has to take them.
 */
export async function fetchMinutes(
  { db, venue, rest }: { db: QuestDb; venue: string; rest: Pick<VenueRest, 'history'> },
  symbol: string,
  gaps: readonly BoundedGap[],
): Promise<Map<BoundedGap, Stated>> {
  await db.applied(['exchange_candles']);
  const writer = new ExchangeCandleWriter(db);
  const known = new Set<Micros>();
  for (const range of merged(gaps.map(minutesOf))) {
    const stated = await db.rows('gaps/stated_minutes', {
      ...{ venue, symbol, from: new Timestamp(range.from), to: new Timestamp(range.to) },
    });
    for (const { ts } of stated) known.add(ts);
    const lacking = minutesIn(range).filter((ts) => !known.has(ts));
    if (lacking.length === 0) continue;
    for await (const page of rest.history({ symbol, from: lacking[0], to: lacking.at(-1)! + minute })) {
      for (const candle of page) {
        known.add(candle.ts);
        await writer.write(candle);
      }
    }
  }
  await writer.flush();
  return new Map(
    gaps.map((gap) => {
      const minutes = minutesIn(minutesOf(gap));
      const present = minutes.filter((ts) => known.has(ts)).length;
      return [gap, { present, missing: minutes.length - present }];
    }),
  );
}

function minutesIn({ from, to }: MinuteRange): Micros[] {
  return Array.from({ length: (to - from) / minute }, (_, i) => from + i * minute);
}
