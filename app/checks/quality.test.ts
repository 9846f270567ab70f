import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { catalogue } from '#features/catalogue.ts';
import { countDefects } from '#features/quality.ts';
import { ownVenue } from '#features/testing/stored_market.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Checked } from './finding.ts';
import { type StoredRow, soundValue, storeFeatures } from './fixtures/stored_features.ts';
import { checkQuality } from './quality.ts';

const minute = 60_000;
const count = 600;
const start = Date.UTC(2026, 0, 31, 18);
const timeframes = ['1m'] as const;
let db: QuestDb;
beforeAll(() => {
  db = new QuestDb(inject('questdb'));
});
afterAll(() => db.close());

const timeOf = (i: number) => start + i * minute;
const feature = (name: string) => catalogue('1m').find((each) => each.name === name)!;

/** Rows of a symbol; `values` says what is not sound at row i. */
function rowsOf(venue: string, symbol: string, values: (i: number) => StoredRow['values'] = () => ({})): StoredRow[] {
  return Array.from({ length: count }, (_, i) => ({ venue, symbol, time: timeOf(i), values: values(i) }));
}

const scope = (venue: string, ...symbols: string[]) => ({
  ...{ venue, symbols, from: start * 1000, to: timeOf(count) * 1000 },
});
const lines = ({ findings }: Checked) => findings.map(({ what, symbol, detail }) => `${symbol}: ${what}: ${detail}`);

describe('check quality', () => {
  it('finds nothing in sound rows, and says how much it has looked at', async () => {
    const venue = ownVenue();
    await storeFeatures(db, '1m', rowsOf(venue, 'A-USDT'));
    const checked = await checkQuality(db, scope(venue, 'A-USDT'), { timeframes });
    expect(lines(checked)).toEqual([]);
    expect(checked.looked).toEqual({ '1m rows': count, '1m values': count * catalogue('1m').length });
  });

  it('finds a null, an infinity and what lies outside of the range, each with the symbol that has it', async () => {
    const venue = ownVenue();
    await storeFeatures(db, '1m', [
      ...rowsOf(venue, 'A-USDT', (i) => ({ rsi_14: i === 37 ? null : undefined, obv: i === 5 ? 1e301 : undefined })),
      ...rowsOf(venue, 'B-USDT', (i) => ({ rsi_14: i === 3 || i === 4 ? 100.5 : undefined })),
      ...rowsOf(venue, 'C-USDT'),
    ]);
    const checked = await checkQuality(db, scope(venue, 'A-USDT', 'B-USDT', 'C-USDT'), { timeframes });
    expect(lines(checked).sort()).toEqual([
      'A-USDT: 1m obv is infinite: in 1 of 600 rows',
      'A-USDT: 1m rsi_14 is null: in 1 of 600 rows',
      expect.stringMatching(
        /^B-USDT: 1m rsi_14 is outside of \[0, 100\]: in 2 of 600 rows, which lie within \[\d.*, 100\.5\]$/,
      ),
    ]);
    expect(await countDefects(db, { venue, timeframe: '1m' })).toMatchObject({ nulls: 1, infinite: 1, outside: 2 });
    expect(lines(await checkQuality(db, scope(venue, 'C-USDT'), { timeframes }))).toEqual([]);
  });

  it('finds a continuous feature that is constant; flags, categories and stated values may be', async () => {
    const venue = ownVenue();
    const constant = { roc_5: 1.25, rsi_14: 50, is_volatile: 0, regime_type: 2 };
    await storeFeatures(
      db,
      '1m',
      rowsOf(venue, 'A-USDT', () => constant),
    );
    const checked = await checkQuality(db, scope(venue, 'A-USDT'), { timeframes });
    expect(lines(checked)).toEqual(['A-USDT: 1m roc_5 is constant: 1.25 in all 600 rows']);
    expect(checked.notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^1m: 2 features constant, flags or categories: is_volatile, regime_type$/),
        expect.stringMatching(/^1m: 1 features constant, at the value that their header states .*: rsi_14$/),
      ]),
    );
  });

  it('notes a feature that is constant on one symbol, and finds it where it is so on all', async () => {
    const venue = ownVenue();
    const constant = { roc_5: 1.25 };
    await storeFeatures(db, '1m', [
      ...rowsOf(venue, 'A-USDT', () => constant),
      ...rowsOf(venue, 'B-USDT'),
      ...rowsOf(venue, 'C-USDT', () => ({ roc_10: 0.5 })),
    ]);
    const checked = await checkQuality(db, scope(venue, 'A-USDT', 'B-USDT', 'C-USDT'), { timeframes });
    expect(lines(checked)).toEqual([]);
    expect(checked.notes).toContain('1m: 2 features constant, on some symbols only: roc_5 (A-USDT), roc_10 (C-USDT)');
    await storeFeatures(
      db,
      '1m',
      ['B-USDT', 'C-USDT'].flatMap((symbol) => rowsOf(venue, symbol, () => constant)),
    );
    const all = await checkQuality(db, scope(venue, 'A-USDT', 'B-USDT', 'C-USDT'), { timeframes });
    expect(lines(all)).toEqual(
      ['A-USDT', 'B-USDT', 'C-USDT'].map((symbol) => `${symbol}: 1m roc_5 is constant: 1.25 in all 600 rows`),
    );
  });

  it('does not judge a pegged coin, alone or beside others', async () => {
    const venue = ownVenue();
    const still = Object.fromEntries(catalogue('1m').map((each) => [each.name, soundValue(each, start)]));
    const pegged = rowsOf(venue, 'PEG-USDT', (i) => ({ ...still, close: i % 9 === 0 ? 1.0001 : 1 }));
    await storeFeatures(db, '1m', [...pegged, ...rowsOf(venue, 'A-USDT')]);
    for (const symbols of [['PEG-USDT'], ['A-USDT', 'PEG-USDT']]) {
      const checked = await checkQuality(db, scope(venue, ...symbols), { timeframes });
      expect(lines(checked)).toEqual([]);
      expect(checked.notes[0]).toMatch(/^1m: \d+ features constant, where the price has fewer than 20 values: hl2/);
    }
  });

  it('expects no moves where the price has none, nor of few rows', async () => {
    const venue = ownVenue();
    const still = Object.fromEntries(catalogue('1m').map((each) => [each.name, soundValue(each, start)]));
    await storeFeatures(db, '1m', [
      ...rowsOf(venue, 'A-USDT', () => ({ ...still, close: 3 })),
      ...rowsOf(venue, 'B-USDT', () => ({ roc_5: 1 })).slice(0, 499),
    ]);
    expect(lines(await checkQuality(db, scope(venue, 'A-USDT', 'B-USDT'), { timeframes }))).toEqual([]);
  });

  it('finds a second row of a bar, where the table lets one in', async () => {
    const venue = ownVenue();
    const table = `features_1m_${randomUUID().replaceAll('-', '')}`;
    await db.query(`CREATE TABLE ${table} (LIKE features_1m)`);
    try {
      await db.query(`ALTER TABLE ${table} DEDUP DISABLE`);
      await db.applied([table]);
      const rows = [...rowsOf(venue, 'A-USDT'), ...rowsOf(venue, 'B-USDT')];
      await storeFeatures(db, '1m', [...rows, rows[41]], table);
      const checked = await checkQuality(db, scope(venue, 'A-USDT', 'B-USDT'), { timeframes, table });
      expect(checked.findings).toEqual([
        {
          ...{ what: '1m row stands there again', symbol: 'A-USDT', detail: 'a bar has one row' },
          ...{ from: new Date(timeOf(41)).toISOString(), to: new Date(timeOf(42)).toISOString() },
        },
      ]);
      const [{ most }] = await db.query(`SELECT max(duplicates) most FROM feature_stats WHERE venue = '${venue}'`);
      expect(most).toBe(1);
    } finally {
      await db.query(`DROP TABLE ${table}`);
    }
  });

  it('writes what it has counted to feature_stats, a row a feature', async () => {
    const venue = ownVenue();
    await storeFeatures(
      db,
      '1m',
      rowsOf(venue, 'A-USDT', (i) => ({ rsi_14: i === 7 ? null : undefined })),
    );
    const at = Date.UTC(2026, 1, 3) * 1000;
    for (let times = 0; times < 2; times++) await checkQuality(db, scope(venue, 'A-USDT'), { timeframes, at });
    const rows = await db.query(`SELECT * FROM feature_stats WHERE venue = '${venue}' AND ts = '${new Timestamp(at)}'`);
    expect(rows).toHaveLength(catalogue('1m').length);
    const values = rowsOf(venue, 'A-USDT')
      .map(({ time }) => soundValue(feature('rsi_14'), time))
      .filter((_, i) => i !== 7);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    const row = rows.find((each) => each.feature === 'rsi_14')!;
    expect(row).toMatchObject({
      ...{ symbol: 'A-USDT', timeframe: '1m', family: 'technical', scale: 'relative' },
      ...{ rows: count, nulls: 1, infinite: 0, outside: 0, duplicates: 0, constant: false },
      ...{ min: Math.min(...values), max: Math.max(...values) },
      ...{ first_bar: new Date(start), last_bar: new Date(timeOf(count - 1)) },
    });
    expect(row.mean).toBeCloseTo(mean, 9);
    expect(row.deviation).toBeCloseTo(Math.sqrt(variance), 9);
  });
});
