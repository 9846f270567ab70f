import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { soundValue, storeFeatures } from '#app/checks/fixtures/stored_features.ts';
import { outputFile } from '#app/output_file.ts';
import { catalogue } from '#features/catalogue.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { exportFeatures, newestRows } from './rows.ts';

const minute = 60_000;
const start = Date.UTC(2026, 1, 1);
const venue = ownVenue();
/** Doubles that a printer of too few digits does not bring back. */
const hard = [
  0.1 + 0.2,
  1e23,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -123456789.12345679,
  1 / 3,
  2 ** 53 + 2,
];
let db: QuestDb;
let directory: string;

beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-show-'));
  const bars = ['A-USDT', 'B-USDT'].flatMap((symbol) => walk(10, 1, start).map((bar) => ({ ...bar, venue, symbol })));
  await storeBars(db, bars);
  const rows = Array.from({ length: 10 }, (_, i) => ({
    ...{ venue, symbol: 'A-USDT', time: start + i * minute },
    values: { obv: hard[i], adl: i === 9 ? null : undefined },
  }));
  await storeFeatures(db, '1m', rows);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

/** What is stored at a bar, by how it was made up. */
function stored(name: string, i: number): number | null {
  if (name === 'obv' && i < hard.length) return hard[i];
  if (name === 'adl' && i === 9) return null;
  return soundValue(catalogue('1m').find((feature) => feature.name === name)!, start + i * minute);
}

const request = { venue, symbol: 'A-USDT', timeframe: '1m' as const, bars: 8 };
const names = catalogue('1m').map(({ name }) => name);

describe('exportFeatures', () => {
  const extent = { features: names.length, to: '2026-02-01T00:09:00.000Z' };

  it('writes the stored values to Parquet, to the last bit', async () => {
    const file = outputFile(join(directory, 'a.parquet'), false);
    expect(await exportFeatures(db, request, file)).toEqual({ ...extent, rows: 8, from: '2026-02-01T00:02:00.000Z' });
    const instance = await DuckDBInstance.create(':memory:');
    try {
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file.path}')`);
      expect(reader.columnNames()).toEqual(['ts', 'venue', 'symbol', 'close', ...names]);
      const columns = reader.getColumns();
      for (const [k, name] of names.entries())
        expect(columns[k + 4], name).toEqual(Array.from({ length: 8 }, (_, row) => stored(name, row + 2)));
    } finally {
      instance.closeSync();
    }
  });

  it('writes the stored values to CSV, to the last bit', async () => {
    const file = outputFile(join(directory, 'a.csv'), false);
    expect(await exportFeatures(db, { ...request, bars: 2_000 }, file)).toEqual({
      ...{ ...extent, rows: 10, from: '2026-02-01T00:00:00.000Z' },
    });
    const [head, ...lines] = readFileSync(file.path, 'utf8')
      .trim()
      .split('\r\n')
      .map((line) => line.split(',').map((cell) => cell.replace(/^"|"$/g, '')));
    expect(head).toEqual(['ts', 'venue', 'symbol', 'close', ...names]);
    expect(lines.map((line) => line.slice(0, 3))).toEqual(
      lines.map((_, i) => [new Date(start + i * minute).toISOString().replace('Z', '000Z'), venue, 'A-USDT']),
    );
    for (const [i, line] of lines.entries())
      expect(line.slice(4).map((cell) => (cell === '' ? null : Number(cell)))).toEqual(
        names.map((name) => stored(name, i)),
      );
  });
});

describe('newestRows', () => {
  it('are in the order of time, nulls as nulls', async () => {
    const rows = await newestRows(db, { ...request, bars: 4 });
    expect(rows.map(({ ts }) => ts.getTime())).toEqual([6, 7, 8, 9].map((i) => start + i * minute));
    expect([rows[0].obv, rows[0].rsi_14, rows[3].adl]).toEqual([hard[6], stored('rsi_14', 6), null]);
  });

  it('of what is not there say what there is, and what makes it', async () => {
    const of = (symbol: string, more = {}) => newestRows(db, { ...request, ...more, symbol });
    await expect(of('C-USDT')).rejects.toMatchObject({
      message: expect.stringMatching(/no 1m candles of C-USDT.*there is A-USDT, B-USDT/),
      remedy: `Bring data in: ./tickforest import candles-csv --venue ${venue} FILES.`,
    });
    await expect(of('A-USDT', { venue: 'nowhere' })).rejects.toThrow(
      /of A-USDT on nowhere; there is no candles at all/,
    );
    await expect(of('B-USDT')).rejects.toMatchObject({
      message: `There are no 1m features of B-USDT on ${venue} yet.`,
      remedy: `Make them: ./tickforest features fill --venue ${venue} --timeframe 1m --symbols B-USDT`,
    });
    await expect(
      exportFeatures(db, { ...request, symbol: 'B-USDT' }, outputFile(join(directory, 'b.csv'), false)),
    ).rejects.toThrow(/no 1m features/);
  });
});
