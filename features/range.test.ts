import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { recordedBars } from './testing/bars.ts';
import type { Market } from './testing/cross.ts';
import { familyRows, type Run } from './testing/family_rows.ts';
import { offenders } from './testing/offenders.ts';
import { range, rangeUnits } from './testing/range.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { still, walk } from './testing/walk.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const start = Date.UTC(2025, 4, 12, 20, 7);
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

/** What is wrong in the last unbroken run of a symbol. */
async function wrong(venue: string, market: Market, symbol: string, run: Partial<Run> = {}): Promise<string[]> {
  const all = market.get(symbol) ?? [];
  const begins = all.findLastIndex((bar, i) => i === 0 || bar.time - all[i - 1].time > 60_000);
  const rows = await familyRows(db, 'range', { venue, symbol, bars: all.slice(begins), ...run });
  expect(rows.length).toBeGreaterThan(0);
  const from = all.findIndex((bar) => bar.time === rows[0].time);
  const times = all.slice(from).map((bar) => bar.time);
  return offenders(rows, times, range(market, symbol, from), rangeUnits);
}

function without(market: Market, symbol: string, first: number, last: number): Market {
  const bars = market.get(symbol) ?? [];
  return new Map([...market, [symbol, bars.filter((_, i) => i < first || i > last)]]);
}

describe.skipIf(!recordings)('the family range of recorded bars', () => {
  let market: Market;
  let venue: string;
  beforeAll(async () => {
    const symbols = ['BTC-USDT', 'ETH-USDT', 'SUI-USDT', 'XRP-USDT'];
    const whole = new Map(symbols.map((symbol) => [symbol, recordedBars(recordings as string, symbol, 2_300, start)]));
    // A peer that begins late, a peer with a hole, and a leader with one.
    market = without(without(without(whole, 'XRP-USDT', 0, 899), 'ETH-USDT', 1_100, 1_107), 'BTC-USDT', 1_500, 1_500);
    venue = await stored(market);
  });

  it('agrees with its definitions computed by plain loops, holes in the leader and in a peer included', async () => {
    const names = catalogue().filter(({ family }) => family === 'range');
    expect(Object.keys(range(market, 'SUI-USDT', 2_299)).sort()).toEqual(names.map(({ name }) => name).sort());
    for (const symbol of ['BTC-USDT', 'ETH-USDT', 'SUI-USDT', 'XRP-USDT'])
      expect(await wrong(venue, market, symbol), symbol).toEqual([]);
  });

  it('is the same over its windows alone', async () => {
    const bars = market.get('SUI-USDT')!;
    expect(await wrong(venue, market, 'SUI-USDT', { bars, first: 2_200, continued: true })).toEqual([]);
  });
});

describe('the family range', () => {
  it('ends at 1e-5 where prices stand still, and has no volume ratio where nothing is traded', async () => {
    const flat = still(900, { ...walk(1, 8)[0], time: start, volume: 0 });
    const market: Market = new Map([['A-USDT', flat]]);
    const venue = await stored(market);
    expect(await wrong(venue, market, 'A-USDT')).toEqual([]);
    const rows = await familyRows(db, 'range', { venue, symbol: 'A-USDT', bars: flat });
    const floor = expect.closeTo(Math.log(1e-5), 12);
    expect(rows.at(-1)).toMatchObject({
      ...{ log_deviation_1: floor, log_deviation_240: floor, log_parkinson_60: floor, log_parkinson_1440: floor },
      ...{ btc_parkinson_20: floor, log_volume_ratio_5: 0, log_volume_ratio_240: 0, move_in_deviations_60: 0 },
    });
  });
});
