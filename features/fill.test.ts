import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue, setHash } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import type { Bar } from './testing/bars.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeframe = '1m';

/**
 * What compares a symbol with the others of its venue is not the same when the symbol is alone, and what tells of a day goes
 * over holes.
 */
const own = catalogue().filter(({ file }) => !/_cross|_market_range|_day_range/.test(file));

/** The stored rows without what tells one market or one computation from another. */
async function values(venue: string, symbol?: string) {
  const rows = await storedRows(db, 'features_1m', venue, symbol);
  return rows.map((row) => [row.time, row.close, ...own.map((feature) => row[feature.name])]);
}

async function alone(bars: readonly Bar[], request: { from?: number; to?: number } = {}) {
  const venue = ownVenue();
  await storeBars(
    db,
    bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
  );
  await fillFeatures(db, { venue, timeframe, ...request });
  return values(venue);
}

describe('features are computed within unbroken runs', () => {
  const bars = walk(1_300, 7);
  const [first, second] = [bars.slice(0, 600), bars.slice(601)];

  it('so that a run with a missing bar equals its two parts', async () => {
    expect(await alone([...first, ...second])).toEqual([...(await alone(first)), ...(await alone(second))]);
  });

  it('and a bar that is not complete is a hole too', async () => {
    const venue = ownVenue();
    await storeBars(
      db,
      bars.map((bar, i) => ({ ...bar, venue, symbol: 'A-USDT', complete: i !== 600 })),
    );
    const filled = await fillFeatures(db, { venue, timeframe });
    expect(filled).toEqual({ rows: 200 + 299, kept: 0, bars: 1_299, symbols: 1, resumed: 0, skipped: [] });
    expect(await values(venue)).toEqual([...(await alone(first)), ...(await alone(second))]);
  });

  it('so that symbols and venues side by side equal each alone', async () => {
    const [one, two] = [ownVenue(), ownVenue()];
    const markets = [
      { venue: one, symbol: 'A-USDT', bars: walk(450, 1) },
      { venue: one, symbol: 'B-USDT', bars: walk(450, 2) },
      { venue: two, symbol: 'A-USDT', bars: walk(450, 3) },
    ];
    const mixed = markets.flatMap(({ venue, symbol, bars: of }) => of.map((bar) => ({ ...bar, venue, symbol })));
    await storeBars(
      db,
      mixed.sort((a, b) => a.time - b.time),
    );
    await fillFeatures(db, { venue: one, timeframe });
    await fillFeatures(db, { venue: two, timeframe });
    for (const market of markets) {
      const stored = await values(market.venue, market.symbol);
      expect(stored).toHaveLength(50);
      expect(stored).toEqual(await alone(market.bars));
    }
  });

  it('and never from a later bar: what follows changes nothing', async () => {
    const whole = await alone(bars);
    const changed = [...bars.slice(0, 900), ...walk(400, 99, bars[900].time, 55)];
    expect((await alone(changed)).slice(0, 500)).toEqual(whole.slice(0, 500));
    expect(await alone(bars.slice(0, 900))).toEqual(whole.slice(0, 500));
  });
});

describe('fillFeatures', () => {
  it('passes over a symbol with too few bars and goes on', async () => {
    const venue = ownVenue();
    const enough = walk(401, 4).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' }));
    const tooFew = walk(400, 5).map((bar) => ({ ...bar, venue, symbol: 'B-USDT' }));
    await storeBars(db, [...enough, ...tooFew]);
    const symbols = ['A-USDT', 'B-USDT', 'C-USDT'];
    expect(await fillFeatures(db, { venue, timeframe, symbols })).toEqual({
      rows: 1,
      kept: 0,
      bars: 801,
      symbols: 1,
      resumed: 0,
      skipped: [
        { symbol: 'B-USDT', reason: 'its longest unbroken run there has 400 bars; 401 are needed' },
        { symbol: 'C-USDT', reason: 'it has no complete bars there' },
      ],
    });
    expect(await fillFeatures(db, { venue: ownVenue(), timeframe })).toEqual({
      rows: 0,
      kept: 0,
      bars: 0,
      symbols: 0,
      resumed: 0,
      skipped: [],
    });
  });

  it('writes each bar once, with the definition it was made by and when its bar was known', async () => {
    const venue = ownVenue();
    const bars = walk(420, 6);
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
    );
    const progress: [number, number][] = [];
    await fillFeatures(db, { venue, timeframe }, (done, total) => progress.push([done, total]));
    const once = await values(venue);
    await fillFeatures(db, { venue, timeframe });
    expect(await values(venue)).toEqual(once);
    expect(progress).toEqual([[20, 20]]);
    for (const row of await storedRows(db, 'features_1m', venue)) {
      expect(row.set_hash).toBe(setHash(timeframe));
      expect((row.candle_known_at as Date).getTime()).toBe(row.time + 60_000);
    }
  });

  it('takes in a bar that was healed', async () => {
    const venue = ownVenue();
    const bars = walk(900, 8).map((bar) => ({ ...bar, venue, symbol: 'A-USDT' }));
    await storeBars(db, bars.toSpliced(450, 1));
    await fillFeatures(db, { venue, timeframe });
    await storeBars(db, [bars[450]]);
    await fillFeatures(db, { venue, timeframe });
    expect(await values(venue)).toEqual(await alone(bars));
  });

  it('computes in pieces what is long, with the same result', async () => {
    const bars = walk(6_500, 9, Date.UTC(2025, 0, 29));
    const whole = await alone(bars);
    const venue = ownVenue();
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
    );
    for (const [first, last] of [
      [0, 2_999],
      [3_000, 4_999],
      [5_000, 6_499],
    ]) {
      await fillFeatures(db, { venue, timeframe, from: bars[first].time * 1000, to: bars[last].time * 1000 });
    }
    const pieces = await values(venue);
    expect(pieces).toHaveLength(whole.length);
    const worst = own.map(({ name }, column) => {
      const errors = pieces.map((row, i) => errorOf(row[column + 2], whole[i][column + 2] as number, 1e-2));
      return { name, error: Math.max(...errors) };
    });
    expect(worst.filter(({ error }) => error > 1e-7)).toEqual([]);
  });

  it('refuses a timeframe that has no features', async () => {
    await expect(fillFeatures(db, { venue: 'x', timeframe: '4h' })).rejects.toThrow(
      'There are no features of 4h bars.',
    );
  });
});
