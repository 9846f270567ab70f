import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { silent } from '#lib/log.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { minute } from '#lib/time.ts';
import { withCloseClient } from './close_client.ts';
import { rebuildCandles } from './rebuild.ts';

const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
const second = 1_000_000;
let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

function rebuild(venue: string, more: object = {}) {
  const queues = { redis: inject('redis'), prefix: `t-${randomUUID()}` };
  return withCloseClient({ queues, db, dataDir: '', log: silent, concurrency: 1 }, (closeClient) =>
    rebuildCandles({ db, closeClient }, { venue, ...more }),
  );
}

/** Trades as an import of before left them: without a sequence, their bars with flat ones over the hole. */
async function market(ids: readonly number[], secondOf: (place: number) => number): Promise<string> {
  const venue = `t-${randomUUID()}`;
  const trades = ids.map((id, place) => ({ id, ts: t0 + secondOf(place) * second, price: 100 + place }));
  await appendRows(
    db.address,
    'ticks',
    trades.map(({ id, ts, price }) => ({
      ts,
      symbols: { venue, symbol: 'AAA-USDT', source: 'archive', kind: 'trade', side: 'buy' },
      strings: { event_id: String(id) },
      doubles: { price, size: 1 },
    })),
  );
  const last = Math.floor((trades.at(-1)!.ts - t0) / minute);
  await appendRows(
    db.address,
    'candles_1m',
    Array.from({ length: last + 1 }, (_, i) => {
      const own = trades.filter(({ ts }) => Math.floor((ts - t0) / minute) === i);
      const price = own[0]?.price ?? 100;
      return {
        ts: t0 + i * minute,
        symbols: { venue, symbol: 'AAA-USDT', source: 'closer' },
        doubles: { open: price, high: price, low: price, close: price, volume: own.length },
        longs: { trades: own.length, quotes: 0 },
        booleans: { complete: true },
        timestamps: { known_at: t0 },
      };
    }),
  );
  await db.applied(['ticks', 'candles_1m']);
  return venue;
}

const bars = async (venue: string) => {
  const rows = await db.query<{ at: number; open: number; close: number; trades: number; complete: boolean }>(
    `select cast(ts as long) at, open, close, trades, complete from candles_1m where venue = '${venue}' order by ts`,
  );
  return rows.map(({ at, open, close, trades, complete }) => [(at - t0) / minute, open, close, trades, complete]);
};

describe('rebuildCandles', () => {
  it('makes flat bars over a hole incomplete, takes sound ones for what they are, and changes nothing twice', async () => {
    // Every five seconds; of minutes 3 and 4 all are missing, and the ids say so. Nobody traded in minute 7.
    const ids = Array.from({ length: 96 }, (_, i) => i + 1).filter((id) => id <= 36 || id > 60);
    const venue = await market(ids, (place) => (ids[place] - 1) * 5 + (ids[place] > 84 ? 60 : 0));
    expect(await rebuild(venue)).toMatchObject([{ symbol: 'AAA-USDT', ids: 'count', gaps_opened: 1, gaps_healed: 0 }]);
    const made = await bars(venue);
    expect(made.map(([at, , , trades, complete]) => [at, trades, complete])).toEqual([
      ...[
        [0, 12, false],
        [1, 12, true],
        [2, 12, false],
        [3, 0, false],
        [4, 0, false],
      ],
      ...[
        [5, 12, false],
        [6, 12, true],
        [7, 0, true],
        [8, 12, false],
      ],
    ]);
    expect(made[1].slice(1, 3)).toEqual([112, 123]);
    const known = () => db.query(`select ts, known_at from candles_1m where venue = '${venue}' order by ts`);
    const before = await known();
    expect(await rebuild(venue)).toMatchObject([{ gaps_opened: 0, gaps_healed: 0 }]);
    expect(await known()).toEqual(before);
  });

  it('leaves what lies outside of the range, and says what it does not know', async () => {
    const venue = await market([5, 9, 2, 7, 30, 11], (place) => place * 70);
    await rebuild(venue, { from: t0 + 150 * second, to: t0 + 300 * second });
    expect((await bars(venue)).map(([at, , , , complete]) => [at, complete])).toEqual([
      ...[
        [0, true],
        [1, true],
        [2, true],
        [3, true],
        [4, true],
        [5, true],
      ],
    ]);
    await rebuild(venue, { whole: true });
    expect((await bars(venue)).map(([, , , , complete]) => complete)).toEqual([false, true, true, true, true, false]);
    await expect(rebuild(venue, { symbols: ['ZZZ-USDT'] })).rejects.toThrow(/no ticks of ZZZ-USDT/);
    await expect(rebuild(`t-${randomUUID()}`)).rejects.toThrow(/no ticks of t-/);
  });
});
