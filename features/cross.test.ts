import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { type Bar, recordedBars } from './testing/bars.ts';
import { cross, crossUnits, type Market } from './testing/cross.ts';
import { familyRows, type Run } from './testing/family_rows.ts';
import { offenders } from './testing/offenders.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { still, walk } from './testing/walk.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const count = 1_300;

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

async function stored(market: Market): Promise<string> {
  const venue = ownVenue();
  await storeBars(
    db,
    [...market].flatMap(([symbol, bars]) => bars.map((bar) => ({ ...bar, venue, symbol }))),
  );
  return venue;
}

/** The rows of the last unbroken run of a symbol. */
async function rowsOf(venue: string, market: Market, symbol: string, run: Partial<Run> = {}) {
  const all = market.get(symbol) ?? [];
  const begins = all.findLastIndex((bar, i) => i === 0 || bar.time - all[i - 1].time > 60_000);
  return familyRows(db, 'cross', { venue, symbol, bars: all.slice(begins), ...run });
}

async function wrong(venue: string, market: Market, symbol: string, run: Partial<Run> = {}): Promise<string[]> {
  const rows = await rowsOf(venue, market, symbol, run);
  const times = (market.get(symbol) ?? []).map((bar) => bar.time);
  expect(rows.length).toBeGreaterThan(0);
  return offenders(rows, times, cross(market, symbol), crossUnits);
}

/** The market without some of the bars of a symbol. */
function without(market: Market, symbol: string, first: number, last: number): Market {
  const bars = market.get(symbol) ?? [];
  return new Map([...market, [symbol, bars.filter((_, i) => i < first || i > last)]]);
}

describe.skipIf(!recordings)('the family cross of recorded bars', () => {
  const symbols = ['BTC-USDT', 'ETH-USDT', 'SUI-USDT', 'XRP-USDT', 'ADA-USDT'];
  let whole: Market;
  let holed: Market;
  let venue: string;
  beforeAll(async () => {
    whole = new Map(symbols.map((symbol) => [symbol, recordedBars(recordings as string, symbol, count, start)]));
    // A peer that begins late, a peer with a hole, and a leader with one.
    holed = without(without(without(whole, 'ADA-USDT', 0, 449), 'ETH-USDT', 600, 607), 'BTC-USDT', 800, 800);
    venue = await stored(holed);
  });
  const start = Date.UTC(2025, 4, 12, 20);

  it('agrees with its definitions computed by plain loops, holes in the leader and in a peer included', async () => {
    const names = catalogue().filter(({ family }) => family === 'cross');
    expect(Object.keys(cross(holed, 'SUI-USDT')).sort()).toEqual(names.map(({ name }) => name).sort());
    for (const symbol of ['BTC-USDT', 'SUI-USDT', 'XRP-USDT', 'ADA-USDT'])
      expect(await wrong(venue, holed, symbol), symbol).toEqual([]);
  });

  it('has the stated values where BTC-USDT lacks bars', async () => {
    const rows = await rowsOf(venue, holed, 'SUI-USDT');
    const lacking = rows.filter((row) => row.btc_correlation_60 === 0);
    const time = (i: number) => start + i * 60_000;
    expect(lacking.map((row) => row.time)).toEqual(Array.from({ length: 61 }, (_, k) => time(800 + k)));
    expect(lacking.every((row) => row.btc_beta_60 === 0)).toBe(true);
    expect(rows.filter((row) => row.btc_return_1 === 0 && [800, 801].map(time).includes(row.time))).toHaveLength(2);
  });

  it('is the same over its windows alone', async () => {
    expect(await wrong(venue, holed, 'SUI-USDT', { first: count - 40, continued: true })).toEqual([]);
  });

  it('does not change with the unit of the price', async () => {
    const cheap = new Map(
      [...holed].map(([symbol, bars]) => [symbol, bars.map((bar) => ({ ...bar, ...times(bar, 1e-6) }))]),
    );
    const again = await stored(cheap);
    expect(await wrong(again, cheap, 'SUI-USDT')).toEqual([]);
  });
});

function times({ open, high, low, close }: Bar, factor: number): Omit<Bar, 'time' | 'volume'> {
  return { open: open * factor, high: high * factor, low: low * factor, close: close * factor };
}

describe('the family cross', () => {
  it('of a symbol alone, without BTC-USDT, has the stated values', async () => {
    const market = new Map([['A-USDT', walk(600, 51)]]);
    const venue = await stored(market);
    expect(await wrong(venue, market, 'A-USDT')).toEqual([]);
    const rows = await rowsOf(venue, market, 'A-USDT');
    expect(rows.some((row) => row.btc_residual_5 !== 0)).toBe(true);
    for (const row of rows) {
      expect(row).toMatchObject({
        ...{ btc_return_1: 0, btc_correlation_60: 0, btc_beta_60: 0, dispersion_1: 0, dispersion_20: 0 },
        ...{ excess_return_1: 0, excess_return_5: 0, excess_return_20: 0 },
        ...{ return_rank_1: 0.5, return_rank_20: 0.5, volatility_rank_20: 0.5 },
      });
    }
  });

  it('of BTC-USDT itself moves one to one with it', async () => {
    const market = new Map([['BTC-USDT', walk(500, 52)]]);
    const venue = await stored(market);
    for (const row of await rowsOf(venue, market, 'BTC-USDT')) {
      expect(row.btc_correlation_60).toBeCloseTo(1, 9);
      expect(row.btc_beta_60).toBeCloseTo(1, 9);
      expect(row.btc_residual_5).toBeCloseTo(0, 12);
    }
  });

  it('of symbols that stand still after they moved has the stated values', async () => {
    const moving = (seed: number) => walk(500, seed);
    const market = new Map(
      ['BTC-USDT', 'A-USDT', 'B-USDT'].map((symbol, k) => {
        const bars = moving(60 + k);
        return [symbol, [...bars, ...still(300, bars[499])]];
      }),
    );
    const venue = await stored(market);
    const rows = (await rowsOf(venue, market, 'A-USDT')).slice(-200);
    expect(rows).toHaveLength(200);
    for (const row of rows)
      expect(row).toMatchObject({
        ...{ btc_return_1: 0, btc_correlation_60: 0, btc_beta_60: 0, btc_residual_5: 0 },
        ...{ excess_return_1: 0, excess_return_5: 0, excess_return_20: 0, dispersion_1: 0, dispersion_20: 0 },
        ...{ return_rank_1: 0.5, return_rank_20: 0.5, volatility_rank_20: 0.5, breadth_1: 0.5, breadth_20: 0.5 },
      });
  });
});
