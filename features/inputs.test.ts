import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb } from '#lib/questdb/database.ts';
import { catalogue } from './catalogue.ts';
import { fillFeatures } from './fill.ts';
import { inputColumns } from './inputs.ts';
import { countDefects } from './quality.ts';
import type { Bar } from './testing/bars.ts';
import { errorOf } from './testing/relative_error.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';
import { walk } from './testing/walk.ts';

let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

async function filled(bars: readonly Bar[]): Promise<string> {
  const venue = ownVenue();
  await storeBars(
    db,
    bars.map((bar) => ({ ...bar, venue, symbol: 'A-USDT' })),
  );
  await fillFeatures(db, { venue, timeframe: '1m' });
  return venue;
}

async function inputsOf(venue: string) {
  const columns = inputColumns().map(({ name, sql }) => `${sql} AS ${name}`);
  return db.query<Record<string, number>>(
    `SELECT ${columns.join(', ')} FROM features_1m WHERE venue = '${venue}' ORDER BY ts`,
  );
}

describe('the inputs of models', () => {
  // Across the end of a month, where the running sums restart.
  const bars = walk(900, 21, Date.UTC(2025, 0, 31, 14));

  it('change neither with the unit of the price nor with that of the volume', async () => {
    const inputs = await inputsOf(await filled(bars));
    const other = await inputsOf(
      await filled(
        bars.map((bar) => ({
          time: bar.time,
          open: bar.open * 1e-6,
          high: bar.high * 1e-6,
          low: bar.low * 1e-6,
          close: bar.close * 1e-6,
          volume: bar.volume * 1e4,
        })),
      ),
    );
    expect(other).toHaveLength(500);
    const wrong = inputColumns().filter(({ name }) =>
      other.some((row, i) => errorOf(row[name], inputs[i][name], 1e-2) > 1e-7),
    );
    expect(wrong.map((input) => input.name)).toEqual([]);
  });

  it('are the same in one statement as each in its own, though they are named like the features', async () => {
    const venue = await filled(bars);
    const together = await inputsOf(venue);
    for (const { name, sql } of inputColumns()) {
      const rows = await db.query<{ value: number }>(
        `SELECT ${sql} AS value FROM features_1m WHERE venue = '${venue}' ORDER BY ts`,
      );
      expect(
        rows.map((row) => row.value),
        name,
      ).toEqual(together.map((row) => row[name]));
    }
    for (const row of together) {
      for (const name of ['obv', 'obv_ema_20', 'adl']) expect(Math.abs(row[name])).toBeLessThanOrEqual(1);
    }
  });
});

describe('countDefects', () => {
  it('finds a null and a value outside of its range, in the asked range of time', async () => {
    const venue = await filled(walk(405, 22));
    expect(await countDefects(db, { venue, timeframe: '1m' })).toMatchObject({ rows: 5, nulls: 0, outside: 0 });
    const at = (minute: number) => new Date(Date.UTC(2025, 0, 6) + minute * 60_000).toISOString();
    // A whole row is replaced: what this statement does not name is null.
    await db.query(
      `INSERT INTO features_1m (ts, venue, symbol, close, rsi_14) VALUES ('${at(402)}', '${venue}', 'A-USDT', 1, 100.5)`,
    );
    await db.applied(['features_1m']);
    const found = await countDefects(db, { venue, timeframe: '1m' });
    expect(found).toMatchObject({ rows: 5, nulls: catalogue().length - 1, infinite: 0, outside: 1 });
    expect(found.features.find(({ name }) => name === 'rsi_14')).toEqual({
      name: 'rsi_14',
      nulls: 0,
      infinite: 0,
      outside: 1,
    });
    const after = (Date.UTC(2025, 0, 6) + 403 * 60_000) * 1000;
    expect(await countDefects(db, { venue, timeframe: '1m', from: after })).toMatchObject({
      rows: 2,
      nulls: 0,
      outside: 0,
    });
  });
});
