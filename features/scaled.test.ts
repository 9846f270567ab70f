import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { type Bar, decimals, recordedBars } from './testing/bars.ts';
import { familyRows, type Run } from './testing/family_rows.ts';
import { offenders } from './testing/offenders.ts';
import { scaled, scaledStill, scaledUnits } from './testing/scaled.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { still, walk } from './testing/walk.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const count = 1_500;
/** Over the end of a month. */
const from = Date.UTC(2025, 4, 31, 12, 0);

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

type Rows = Awaited<ReturnType<typeof familyRows>>;

async function made(bars: readonly Bar[], run: Partial<Run> = {}): Promise<Rows> {
  const [venue, symbol] = [ownVenue(), 'A-USDT'];
  await storeBars(
    db,
    bars.map((bar) => ({ ...bar, venue, symbol })),
  );
  return familyRows(db, 'scaled', { venue, symbol, bars, ...run });
}

const times = (bars: readonly Bar[]) => bars.map((bar) => bar.time);

describe.skipIf(!recordings).each(['BTC-USDT', 'SUI-USDT'])('the family scaled of recorded %s bars', (symbol) => {
  let bars: Bar[];
  let rows: Rows;

  beforeAll(async () => {
    bars = recordedBars(recordings as string, symbol, count, from);
    rows = await made(bars);
  });

  it('agrees with its definitions computed by plain loops, each within 1e-8', () => {
    const expected = scaled(bars, decimals[symbol]);
    const names = catalogue().filter(({ family }) => family === 'scaled');
    expect(Object.keys(expected).sort()).toEqual(names.map(({ name }) => name).sort());
    expect(rows).toHaveLength(count - 400);
    expect(offenders(rows, times(bars), expected, scaledUnits)).toEqual([]);
  });

  it('does not change with the unit of the price', async () => {
    const cheap = bars.map((bar) => ({
      ...bar,
      open: bar.open * 1e-6,
      high: bar.high * 1e-6,
      low: bar.low * 1e-6,
      close: bar.close * 1e-6,
    }));
    const expected = scaled(bars, decimals[symbol]);
    expect(offenders(await made(cheap), times(bars), expected, scaledUnits, 1e-7)).toEqual([]);
  });

  it('is the same over its windows alone, where it does not go on from a stored row', async () => {
    const newest = await made(bars, { first: count - 40, continued: true });
    const { wilder_rsi_14, wilder_atr_14_pct, ...expected } = scaled(bars, decimals[symbol]);
    expect(newest).toHaveLength(40);
    expect(offenders(newest, times(bars), expected, scaledUnits)).toEqual([]);
  });
});

describe('the family scaled of a market without move or volume', () => {
  const moving = walk(500, 31, undefined, 61_234.5);
  it.each([
    ['from its first bar', [] as Bar[], 700],
    ['after it has moved', moving, 800],
  ])('%s has the stated values', async (_, before, bars) => {
    const all = [...before, ...still(bars, { ...moving[0], ...before.at(-1) })];
    const rows = (await made(all)).slice(-300);
    const expected = Object.fromEntries(
      Object.entries(scaledStill).map(([name, value]) => [name, all.map(() => value)]),
    );
    expect(rows).toHaveLength(300);
    expect(offenders(rows, times(all), expected, {}, 0)).toEqual([]);
    for (const row of rows) {
      expect(row.wilder_rsi_14).toBe(50);
      expect(row.wilder_atr_14_pct).toBeLessThan(before.length > 0 ? 1e-9 : 1e-300);
    }
  });

  it('keeps its values within their bounds where one tick follows on stillness', async () => {
    // A jump leaves the largest residues; one tick among equal prices is the smallest that there is to measure.
    const jump = walk(500, 32, undefined, 61_234.5);
    const calm = still(600, { ...jump[499], close: jump[499].close * 1.05 });
    const bars = [...jump, ...calm].map((bar, i) => ({ ...bar, volume: i % 7 === 0 ? 3 : 0 }));
    for (const i of [900, 901, 960]) {
      const close = bars[i].close + 0.01;
      bars[i] = { ...bars[i], close, high: Math.max(bars[i].high, close) };
    }
    const rows = await made(bars);
    const wrong = catalogue()
      .filter(({ family }) => family === 'scaled')
      .filter(({ name, range }) =>
        rows.some((row) => typeof row[name] !== 'number' || row[name] < range[0] || row[name] > range[1]),
      );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
