import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { type Bar, recordedBars } from './testing/bars.ts';
import { familyRows } from './testing/family_rows.ts';
import { offenders } from './testing/offenders.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { timeframes, timeframeUnits } from './testing/timeframes.ts';
import { still, walk } from './testing/walk.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const names = catalogue()
  .filter(({ family }) => family === 'timeframes')
  .map(({ name }) => name);

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

async function stored(markets: Readonly<Record<string, readonly Bar[]>>): Promise<string> {
  const venue = ownVenue();
  await storeBars(
    db,
    Object.entries(markets).flatMap(([symbol, bars]) => bars.map((bar) => ({ ...bar, venue, symbol }))),
  );
  return venue;
}

describe.skipIf(!recordings)('the family timeframes of recorded bars', () => {
  let bars: Bar[];
  let expected: Record<string, number[]>;
  let venue: string;
  const symbol = 'SUI-USDT';
  const times = () => bars.map((bar) => bar.time);
  beforeAll(async () => {
    // A week; a minute is missing in the second hour, after which the windows fill again.
    bars = recordedBars(recordings as string, symbol, 4_300).filter((_, i) => i !== 100);
    expected = timeframes(bars);
    venue = await stored({ [symbol]: bars });
  });

  it('agrees with its definitions computed by plain loops, before and after its windows are full', async () => {
    const rows = await familyRows(db, 'timeframes', { venue, symbol, bars: bars.slice(100) });
    expect(Object.keys(expected).sort()).toEqual([...names].sort());
    expect(rows).toHaveLength(4_299 - 500);
    expect(offenders(rows, times(), expected, timeframeUnits)).toEqual([]);
    for (const flag of ['has_15m', 'has_1h']) expect(new Set(rows.map((row) => row[flag]))).toEqual(new Set([0, 1]));
    expect(new Set(rows.map((row) => row.regime_type_15m)).size).toBeGreaterThan(2);
  });

  it('is the same over its windows alone', async () => {
    const newest = await familyRows(db, 'timeframes', { venue, symbol, bars, first: 4_259, continued: true });
    expect(newest).toHaveLength(40);
    expect(offenders(newest, times(), expected, timeframeUnits)).toEqual([]);
  });
});

describe('the family timeframes', () => {
  it('shows a coarse bar from the minute at whose end it has closed, and not before', async () => {
    const bars = walk(3_700, 71, Date.UTC(2025, 0, 6));
    const [symbol, venue] = ['A-USDT', await stored({ 'A-USDT': bars })];
    const rowsOf = () => familyRows(db, 'timeframes', { venue, symbol, bars, first: 3_300 });
    const base = await rowsOf();
    expect(base).toHaveLength(400);
    expect(base.every((row) => row.has_15m === 1 && row.has_1h === 1)).toBe(true);
    // One minute's close is changed at a time: the last minute of coarse bars of both lengths, of one, and of none.
    for (const at of [3_389, 3_404, 3_419, 3_539, 3_540, 3_544]) {
      const { close, high, ...bar } = bars[at];
      await storeBars(db, [{ ...bar, venue, symbol, close: close * 1.2, high: high * 1.3 }]);
      const rows = await rowsOf();
      await storeBars(db, [{ ...bars[at], venue, symbol }]);
      for (const [length, suffix] of [
        [15, '15m'],
        [60, '1h'],
      ] as const) {
        const differ = rows.filter((row, i) =>
          names.some((name) => name.endsWith(suffix) && row[name] !== base[i][name]),
        );
        const closes = (at + 1) % length === 0;
        expect(differ[0]?.time, `${at} ${suffix}`).toBe(closes ? bars[at].time : undefined);
      }
    }
  });

  it('has the stated values while its windows fill, and of prices that stand still', async () => {
    const first = walk(1, 72)[0];
    const flat = still(3_900, { ...first, time: Date.UTC(2025, 0, 6), close: 2e-6 });
    const fresh = walk(700, 73);
    const venue = await stored({ 'A-USDT': fresh, 'B-USDT': flat });
    const neutral = (suffix: string) =>
      Object.entries({ slope_50: 0, trend_strength: 0, volatility_20: 0, rsi_14: 50, sma_ratio_20: 0 }).map(
        ([name, value]) => [`${name}_${suffix}`, value] as const,
      );
    for (const row of await familyRows(db, 'timeframes', { venue, symbol: 'A-USDT', bars: fresh })) {
      expect(row).toMatchObject({ has_15m: 0, has_1h: 0, regime_type_15m: 0, regime_type_1h: 0 });
      expect(row).toMatchObject(Object.fromEntries([...neutral('15m'), ...neutral('1h')]));
    }
    const last = (await familyRows(db, 'timeframes', { venue, symbol: 'B-USDT', bars: flat, first: 3_800 })).at(-1);
    expect(last).toMatchObject({ has_15m: 1, has_1h: 1, regime_type_15m: 1, regime_type_1h: 1 });
    expect(last).toMatchObject(Object.fromEntries([...neutral('15m'), ...neutral('1h')]));
  });
});
