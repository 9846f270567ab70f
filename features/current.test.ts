import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { areCurrent } from './current.ts';
import { fillFeatures } from './fill.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeframe = '1m';

describe('areCurrent', () => {
  it('is so after a fill, and no more once any bar of the venue that has a say was written', async () => {
    const venue = ownVenue();
    const of = (symbol: string, seed: number) => walk(426, seed).map((bar) => ({ ...bar, venue, symbol }));
    const [a, b] = [of('A-USDT', 1), of('B-USDT', 2)];
    await storeBars(db, [...a.slice(0, 425), ...b.slice(0, 425)]);
    const range = { venue, timeframe, symbols: ['A-USDT'], from: a[405].time * 1000, to: a[420].time * 1000 } as const;
    expect(await areCurrent(db, range)).toBe(false);
    const fill = () => fillFeatures(db, { venue, timeframe });
    await fill();
    expect(await areCurrent(db, range)).toBe(true);
    // The first 400 bars can have none, so they lack none; a new one does.
    expect(await areCurrent(db, { ...range, from: a[0].time * 1000 })).toBe(true);
    await storeBars(db, [a[425]]);
    expect(await areCurrent(db, range)).toBe(true);
    expect(await areCurrent(db, { ...range, to: a[425].time * 1000 })).toBe(false);

    // A bar of the other symbol, a bar long before, and one after the range, each of which becomes known now.
    for (const [bar, still] of [
      [b[410], false],
      [a[100], false],
      [a[424], true],
    ] as const) {
      await storeBars(db, [{ ...bar, high: bar.high + 1 }], Date.now());
      expect(await areCurrent(db, range)).toBe(still);
      await fill();
      expect(await areCurrent(db, range)).toBe(true);
    }
  });
});
