import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { QuestDb, type Row } from '#lib/questdb/database.ts';
import { families, setHash } from './catalogue.ts';
import { composeSelect } from './compose.ts';
import { fillFeatures } from './fill.ts';
import { strided } from './strided.ts';
import { hardMarket } from './testing/hard_markets.ts';
import { ownVenue, storeBars } from './testing/stored_market.ts';

const count = 700;
const start = Date.UTC(2025, 0, 30, 6);
const coins = hardMarket(count, start);
const symbols = coins.map(({ symbol }) => symbol);
const at = (i: number) => (start + i * 60_000) * 1000;

let db: QuestDb;
const venue = ownVenue();
beforeAll(async () => {
  db = new QuestDb(inject('questdb'));
  const bars = coins.flatMap(({ symbol, bars }) => bars.map((bar) => ({ ...bar, venue, symbol })));
  // In an order that differs from bar to bar, as bars may come.
  bars.sort((a, b) => a.time - b.time || (a.time % 7 < 3 ? 1 : -1) * (a.symbol < b.symbol ? 1 : -1));
  await storeBars(db, bars);
});
afterAll(() => db.close());

/** QuestDB may share a sum over the symbols of a bar among threads; in another order its last bit may be another one. */
const ofMarket = new Set(
  families('1m')
    .filter(({ text }) => text.includes('{candles}'))
    .flatMap(({ features }) => features.map(({ name }) => name)),
);
const alike = (name: string, a: unknown, b: unknown) =>
  ofMarket.has(name) && typeof a === 'number' && typeof b === 'number'
    ? Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a))
    : Object.is(String(a), String(b));

describe('lags that count rows', () => {
  it('find the bars that lags of each symbol find, to the last bit', async () => {
    const span = { venue, symbols, begin: at(0), from: at(400), to: at(count - 1), continued: false };
    const rowsOf = async (aligned: boolean) => {
      const select = composeSelect('1m', families('1m'), { ...span, aligned }, setHash('1m'));
      expect(select.text.includes('OVER (ORDER BY ts)')).toBe(aligned);
      const rows = await db.query<Row & { ts: Date; symbol: string }>(select);
      for (const row of rows) row.computed_at = null;
      return rows.sort((a, b) => +a.ts - +b.ts || (a.symbol < b.symbol ? -1 : 1));
    };
    const rows = await rowsOf(true);
    expect(rows).toHaveLength(symbols.length * (count - 400));
    const others = await rowsOf(false);
    expect(others).toHaveLength(rows.length);
    const differing = rows.flatMap((row, i) =>
      Object.entries(row)
        .filter(([name, value]) => !alike(name, value, others[i][name]))
        .map(([name, value]) => `${row.symbol} ${row.ts.toISOString()} ${name}: ${value}, ${others[i][name]}`),
    );
    expect(differing).toEqual([]);
  });

  it('give no row where a bar of one symbol is gone, and a fill says so', async () => {
    const [coin] = coins;
    const gone = { ...coin.bars[390], venue, symbol: coin.symbol, complete: false };
    const span = { venue, symbols, begin: at(0), from: at(400), to: at(410), continued: false, aligned: true };
    const select = composeSelect('1m', families('1m'), span, setHash('1m'));
    expect(await db.query(select)).toHaveLength(11 * symbols.length);
    // Between the look for runs and the statement.
    const turn = () => storeBars(db, [gone]);
    const filling = fillFeatures(db, { venue, timeframe: '1m', to: at(410), turn });
    await expect(filling).rejects.toThrow(/changed while their features were made: 0 of 66 rows stand/);
    expect(await db.query(select)).toEqual([]);
    await storeBars(db, [{ ...gone, complete: true }]);
    expect(await db.query(select)).toHaveLength(11 * symbols.length);
  });

  it('are all that the families have over their bars', () => {
    for (const { name, text } of families('1m')) {
      if (text.includes('{candles}')) continue;
      const windows = strided(text, 3).match(/\blag\(.*$/gm) ?? [];
      expect(
        windows.filter((line) => !line.includes('OVER (ORDER BY ts)')),
        name,
      ).toEqual([]);
    }
    expect(strided('lag(ln(a / b) * greatest(0.0, (c - d)), 2) OVER run + lag(e, 1) OVER run', 36)).toBe(
      'lag(ln(a / b) * greatest(0.0, (c - d)), 72) OVER (ORDER BY ts) + lag(e, 36) OVER (ORDER BY ts)',
    );
  });
});
