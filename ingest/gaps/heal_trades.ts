import type { Tick } from '#ingest/feed.ts';
import { SeenTrades } from '#ingest/normalise/identity.ts';
import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { BoundedGap } from './minutes.ts';

/** Where ticks go; `flush` resolves when all that were written are acknowledged. */
export interface TickSink {
  write(tick: Tick): Promise<void> | undefined;
  flush(): Promise<void>;
}

/**
 * Writes what the gaps of one symbol have missed of `trades`, the last ones of it (oldest first), where these reach back
 * over the whole gap. Trades that are stored already are left alone.
 * @returns how many trades were written for each gap that is filled; the others are beyond reach for good
 */
export async function fillFromTrades(
  { db, venue, sink }: { db: QuestDb; venue: string; sink: TickSink },
  symbol: string,
  gaps: readonly BoundedGap[],
  trades: readonly Tick[],
): Promise<Map<BoundedGap, number>> {
  // Of the millisecond that the answer begins in, some trades may be cut off.
  const reached = gaps.filter((gap) => trades.length > 0 && trades[0].ts < gap.since);
  const filled = new Map<BoundedGap, number>();
  if (reached.length === 0) return filled;
  // What the feed has brought meanwhile is stored first, so that it is known.
  await sink.flush();
  await db.applied(['ticks']);
  const span = { from: Math.min(...reached.map((gap) => gap.since)), to: Math.max(...reached.map((gap) => gap.until)) };
  const rows = await db.rows('gaps/stored_trades', {
    ...{ venue, symbol, from: new Timestamp(span.from), to: new Timestamp(span.to) },
  });
  const seen = new SeenTrades(rows.length + trades.length);
  for (const row of rows) seen.see({ ...row, eventId: row.event_id.replace(/~\d+$/, '') });
  for (const gap of reached) {
    let missed = 0;
    for (const [index, tick] of trades.entries()) {
      if (tick.ts < gap.since || tick.ts > gap.until || seen.see(tick) === 'duplicate') continue;
      missed += 1;
      await sink.write({ ...tick, seq: tick.receivedAt + index });
    }
    filled.set(gap, missed);
  }
  await sink.flush();
  return filled;
}
