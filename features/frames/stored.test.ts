import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { soundValue, storeFeatures } from '#app/checks/fixtures/stored_features.ts';
import { catalogue } from '#features/catalogue.ts';
import { ownVenue, storeBars } from '#features/testing/stored_market.ts';
import { walk } from '#features/testing/walk.ts';
import { appendRows } from '#lib/questdb/append.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { fetchFeatureFrame } from './stored.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 31, 23, 50);
const symbols = ['A-USDT', 'B-USDT'];
const venue = ownVenue();
let db: QuestDb;
let directory: string;

/** 20 bars of each symbol; features of A from bar 4, of B from bar 6 on; labels of the horizon 3 up to bar 16. */
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  directory = mkdtempSync(join(tmpdir(), 'tickforest-frame-'));
  const bars = symbols.flatMap((symbol, i) => walk(20, i, start).map((bar) => ({ ...bar, venue, symbol })));
  await storeBars(db, bars);
  const times = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => start + (from + i) * minute);
  await storeFeatures(db, '1m', [
    ...times(4, 20).map((time) => ({ venue, symbol: 'A-USDT', time, values: { close: 1 / 3 } })),
    ...times(6, 20).map((time, i) => ({
      ...{ venue, symbol: 'B-USDT', time },
      values: i === 2 ? { rsi_14: null } : i === 3 ? { obv: 5e-324 } : {},
    })),
  ]);
  const label = (symbol: string, time: number, horizon: number) => ({
    ts: time * 1000,
    symbols: { venue, symbol },
    longs: { horizon, up: 1, momentum_class: 2 },
    doubles: Object.fromEntries(
      [
        ...['close', 'log_return', 'last_return', 'momentum_change', 'momentum_band', 'log_volatility', 'drawdown'],
        ...['dev_5', 'dev_20', 'dev_60', 'dev_240'],
      ].map((name, i) => [name, time / 7 + i]),
    ),
  });
  const rows = symbols.flatMap((symbol) => [
    ...times(5, 17).map((time) => label(symbol, time, 3)),
    ...times(5, 19).map((time) => label(symbol, time, 1)),
  ]);
  await appendRows(db.address, 'labels_1m', rows);
  await db.applied(['labels_1m']);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await db.close();
});

const window = { venue, timeframe: '1m' as const, symbols, from: start * 1000, to: (start + 19 * minute) * 1000 };
const file = () => join(directory, 'frame.parquet');

describe('a frame of stored features', () => {
  it('has what is stored, to the last bit, and counts what is left out by symbol and reason', async () => {
    const { frame, excluded } = await fetchFeatureFrame(db, window, file());
    expect(excluded).toEqual([
      { symbol: 'A-USDT', reason: 'no features', rows: 4 },
      { symbol: 'B-USDT', reason: 'no features', rows: 6 },
      { symbol: 'B-USDT', reason: 'no finite rsi_14', rows: 1 },
    ]);
    expect([...frame.columns.keys()]).toEqual(['close', ...catalogue('1m').map(({ name }) => name)]);
    expect(frame.rows).toBe(16 + 13);
    for (let row = 0; row < frame.rows; row++) {
      const time = frame.ts[row] / 1000;
      const symbol = frame.symbols[frame.symbolOf[row]];
      if (symbol === 'A-USDT') expect(frame.columns.get('close')![row]).toBe(1 / 3);
      for (const feature of catalogue('1m')) {
        const denormal = feature.name === 'obv' && symbol === 'B-USDT' && time === start + 9 * minute;
        expect(frame.columns.get(feature.name)![row], feature.name).toBe(denormal ? 5e-324 : soundValue(feature, time));
      }
    }
  });

  it('has the labels of one horizon where they are asked for, and leaves out the bars without', async () => {
    const { frame, excluded } = await fetchFeatureFrame(db, { ...window, horizon: 3 }, file());
    expect(excluded).toEqual([
      { symbol: 'A-USDT', reason: 'no features', rows: 4 },
      { symbol: 'A-USDT', reason: 'no label', rows: 4 },
      { symbol: 'B-USDT', reason: 'no features', rows: 6 },
      { symbol: 'B-USDT', reason: 'no label', rows: 3 },
      { symbol: 'B-USDT', reason: 'no finite rsi_14', rows: 1 },
    ]);
    expect(frame.rows).toBe(12 + 10);
    const returns = frame.columns.get('label_log_return')!;
    expect(returns.every((value, row) => value === frame.ts[row] / 1000 / 7 + 1)).toBe(true);
    expect(frame.columns.get('label_momentum_class')!.every((value) => value === 2)).toBe(true);
    const more = await fetchFeatureFrame(db, { ...window, horizon: 1 }, file());
    expect(more.frame.rows).toBe(14 + 12);
  });

  it('is of the window and of the symbols asked for', async () => {
    const part = {
      ...window,
      symbols: ['A-USDT'],
      from: (start + 10 * minute) * 1000,
      to: (start + 12 * minute) * 1000,
    };
    const { frame, excluded } = await fetchFeatureFrame(db, part, file());
    expect([frame.rows, frame.symbols, excluded]).toEqual([3, ['A-USDT'], []]);
    expect([...frame.ts]).toEqual([10, 11, 12].map((i) => (start + i * minute) * 1000));
  });

  it('has the features asked for alone', async () => {
    const features = ['rsi_14', 'returns'];
    const { frame } = await fetchFeatureFrame(db, { ...window, features }, file());
    const whole = await fetchFeatureFrame(db, window, file());
    expect([...frame.columns.keys()]).toEqual(['close', ...features]);
    expect(frame.rows).toBe(whole.frame.rows);
    for (const name of features) expect(frame.columns.get(name)).toEqual(whole.frame.columns.get(name));
    await expect(fetchFeatureFrame(db, { ...window, features: ['oracle'] }, file())).rejects.toThrow(
      /no feature oracle/,
    );
  });
});
