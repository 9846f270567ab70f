import { randomUUID } from 'node:crypto';
import type { QuestDb, Row } from '#lib/questdb/database.ts';
import type { Bar } from './bars.ts';
import type { FlowBar } from './flow.ts';

/** A venue of its own for one test, so that tests do not see each other's rows. */
export function ownVenue(): string {
  return `t-${randomUUID().slice(0, 12)}`;
}

export type StoredBar = Bar & { venue: string; symbol: string; complete?: boolean } & Partial<
    Pick<FlowBar, 'buyVolume' | 'sidedVolume' | 'trades' | 'spread' | 'imbalance'>
  >;

/**
 * Writes bars to candles_1m and waits until they can be read.
 * @param knownAt when they became known, in milliseconds; their ends unless given
 */
export async function storeBars(db: QuestDb, bars: readonly StoredBar[], knownAt?: number): Promise<void> {
  for (let i = 0; i < bars.length; i += 1000) {
    const values = bars.slice(i, i + 1000).map((bar) => {
      const at = (time: number) => `'${new Date(time).toISOString()}'`;
      const flow = [bar.buyVolume, bar.sidedVolume, bar.trades, bar.spread, bar.imbalance].map(
        (value) => value ?? 'null',
      );
      const measures = [bar.open, bar.high, bar.low, bar.close, bar.volume ?? 'null', ...flow].join(', ');
      return `(${at(bar.time)}, '${bar.venue}', '${bar.symbol}', ${measures}, 'archive', ${bar.complete ?? true}, ${at(knownAt ?? bar.time + 60_000)})`;
    });
    await db.query(
      `INSERT INTO candles_1m (ts, venue, symbol, open, high, low, close, volume, buy_volume, sided_volume, trades, spread, imbalance, source, complete, known_at) VALUES ${values.join(', ')}`,
    );
  }
  await db.applied(['candles_1m']);
}

/** The stored rows of a venue in the order of symbol and time, each with `ts` in milliseconds as `time`. */
export async function storedRows(
  db: QuestDb,
  table: string,
  venue: string,
  symbol?: string,
): Promise<(Row & { time: number })[]> {
  const only = symbol === undefined ? '' : ` AND symbol = '${symbol}'`;
  const rows = await db.query(`SELECT * FROM ${table} WHERE venue = '${venue}'${only} ORDER BY symbol, ts`);
  return rows.map((row) => ({ ...row, time: (row.ts as Date).getTime() }));
}
