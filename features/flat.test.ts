import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { fillFeatures } from './fill.ts';
import { inputColumns } from './inputs.ts';
import { countDefects } from './quality.ts';
import { priceVolumeStill } from './testing/price_volume.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars, storedRows } from './testing/stored_market.ts';
import { technicalStill } from './testing/technical.ts';
import { volatilityRegimeStill } from './testing/volatility_regime.ts';
import { still, walk } from './testing/walk.ts';

/** What the headers state for a market without any move or volume. */
const stated = { ...priceVolumeStill, ...technicalStill, ...volatilityRegimeStill };

describe('a symbol without move or volume', () => {
  let db: QuestDb;
  beforeAll(() => {
    db = new QuestDb(inject('questdb'));
  });
  afterAll(() => db.close());

  // After moves a running sum keeps a residue, with which 0 / 0 would be a number; the second market has prices below
  // 1e-5.
  const moving = walk(500, 3, undefined, 61_234.5);
  const cheap = moving.map((bar) => ({
    ...bar,
    open: bar.open * 1e-10,
    high: bar.high * 1e-10,
    low: bar.low * 1e-10,
    close: bar.close * 1e-10,
  }));
  it.each([
    ['from its first bar', [], { time: Date.UTC(2025, 0, 6), close: 0.1 }, 600],
    ['after it has moved', moving, moving[499], 1_000],
    ['after it has moved, with tiny prices', cheap, cheap[499], 1_000],
  ])('%s has the stated values, and no nulls', async (_, before, last, count) => {
    const venue = ownVenue();
    const bars = [...before, ...still(count, { ...moving[0], ...last })];
    await storeBars(
      db,
      bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
    );
    await fillFeatures(db, { venue, timeframe: '1m' });
    expect(await countDefects(db, { venue, timeframe: '1m' })).toEqual({
      rows: bars.length - 400,
      nulls: 0,
      infinite: 0,
      outside: 0,
      features: [],
    });
    const rows = (await storedRows(db, 'features_1m', venue)).slice(-150);
    for (const [name, value] of Object.entries(stated)) {
      const wrong = rows.filter((row) => errorOf(row[name], value, 1) > 1e-9);
      expect(
        wrong.map((row) => row[name]),
        name,
      ).toEqual([]);
    }
    const close = rows[0].close as number;
    for (const name of ['vwap_20', 'bbands_upper_20', 'bbands_lower_20', 'sma_50', 'sma_200', 'hlc3']) {
      const wrong = rows.filter((row) => errorOf(row[name], close) > 1e-9);
      expect(
        wrong.map((row) => row[name]),
        name,
      ).toEqual([]);
    }
    const inputs = inputColumns().map(
      ({ name, sql }) => `sum(CASE WHEN (${sql}) IS NULL THEN 1 ELSE 0 END) AS ${name}`,
    );
    const [nulls] = await db.query(`SELECT ${inputs.join(', ')} FROM features_1m WHERE venue = '${venue}'`);
    expect(Object.entries(nulls).filter(([, number]) => Number(number) > 0)).toEqual([]);
  });
});
