import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stateTradeIds } from '#ingest/gaps/trade_ids.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { bind, Timestamp } from '#lib/questdb/statement.ts';
import { minute } from '#lib/time.ts';
import { createRandom } from '#models/forest/random.ts';
import { statement } from '#sql/read.ts';
import { printsOf } from './prints.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const from = Date.UTC(2026, 2, 3, 23) * 1_000;
/** As long as what one statement makes at most. */
const to = from + 5_760 * minute;
let db: QuestDb;

beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

interface Place {
  id: string;
  seq: number | null;
}

/** Trades of which several share each time, of five prices, stored in an order that is neither that of ids nor of arrival. */
async function trades(place: (n: number, ts: number, symbol: string) => Place): Promise<string> {
  const venue = `t-${randomUUID()}`;
  const random = createRandom(7, 0);
  const next = (below: number) => random.next() % below;
  const rows = symbols.flatMap((symbol) =>
    Array.from({ length: 1_500 }, (_, n) => {
      const ts = from + Math.floor(n / 5) * 1_098_000_000 + [0, 999_999][next(2)];
      const { id, seq } = place(n, ts, symbol);
      const side = ['buy', 'sell', null][next(3)];
      return {
        ts,
        symbols: { venue, symbol, source: 'ws', kind: 'trade', side },
        strings: { event_id: id },
        doubles: { price: 100 + next(5) / 8, size: 1 + next(4) },
        longs: { seq },
      };
    }),
  );
  await appendRows(db.address, 'ticks', rows);
  await db.applied(['ticks']);
  return venue;
}

/** Of each time the order is turned round, so that neither the id as text nor the place in the table tells it. */
const turned = (n: number) => n - (n % 5) + (4 - (n % 5));
const spell = (venue: string) => ({ venue, symbols, from: new Timestamp(from), to: new Timestamp(to) });

async function bothWays(venue: string) {
  const { venue: _, symbols: __, ...range } = spell(venue);
  const chosen = await printsOf(db, spell(venue));
  const rows = async (text: string, parameters = {}) =>
    (await db.query<{ minute: Date; symbol: string }>(bind(text, { venue, ...range, ...parameters }))).sort(
      (a, b) => a.minute.getTime() - b.minute.getTime() || (a.symbol < b.symbol ? -1 : 1),
    );
  const general = await rows(statement('candles/prints'));
  expect(general.length).toBe(600);
  expect(await rows(chosen.text, chosen.parameters)).toEqual(general);
  return chosen.parameters;
}

describe('what trades make of a bar', () => {
  it.each<[string, string, (n: number, ts: number) => Place]>([
    ['by the lines of a file', 'seq', (n) => ({ id: `${7_919 * n}`, seq: turned(n) })],
    ['by receipt', 'lag', (n, ts) => ({ id: `${7_919 * n}`, seq: ts + turned(n) })],
    [
      'by receipt long after, of a spell that was healed',
      'lag',
      (n, ts) => ({ id: `x${n}`, seq: ts + turned(n) * 1e7 }),
    ],
  ])('is in one pass what it is by sorting: %s', async (_, order, place) => {
    expect(await bothWays(await trades(place))).toMatchObject({ order });
  });

  it.each([
    ['trades', ''],
    ['sums of trades', 'a'],
  ])('goes by the numbers of %s where these tell the order', async (_, prefix) => {
    const venue = await trades((n) => ({ id: `${prefix}${5_266_583_935 + turned(n)}`, seq: n }));
    await stateTradeIds(db, venue, symbols, 'count');
    expect(await bothWays(venue)).toEqual({ order: 'number', least: 5_266_583_935 });
  });

  it.each<[string, (n: number, ts: number, symbol: string) => Place, boolean]>([
    ['a trade without arrival', (n) => ({ id: String(turned(n)), seq: n === 7 ? null : n }), false],
    ['arrivals too far apart', (n) => ({ id: String(turned(n)), seq: n * 2 ** 40 }), false],
    ['an id that is no number', (n) => ({ id: n === 7 ? 'x7' : String(turned(n)), seq: n }), true],
    ['ids too far apart', (n) => ({ id: `${BigInt(turned(n)) << 40n}`, seq: n }), true],
    ['ids of trades and of their sums', (n) => ({ id: n % 2 ? `a${turned(n)}` : String(turned(n)), seq: n }), true],
  ])('is sorted for %s', async (_, place, told) => {
    const venue = await trades(place);
    if (told) await stateTradeIds(db, venue, symbols, 'order');
    expect(await bothWays(venue)).toEqual({});
  });

  it('is sorted where the ids of some symbols tell the order, and for a short spell without a look', async () => {
    const venue = await trades((n) => ({ id: String(turned(n)), seq: n }));
    const short = { ...spell(venue), to: new Timestamp(from + 59 * minute) };
    expect((await printsOf(db, short)).parameters).toEqual({});
    await stateTradeIds(db, venue, [symbols[0]], 'order');
    expect(await bothWays(venue)).toEqual({});
  });
});
