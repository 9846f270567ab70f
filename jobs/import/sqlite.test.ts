import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { sqliteTicks } from '#ingest/archives/sqlite_ticks.ts';
import { Imports } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

const start = Date.UTC(2026, 2, 1);
type Row = [ms: unknown, symbol: string | null, price: unknown, raw: string | null];

function database(rows: Row[], table = 'ticks'): string {
  const path = join(imports.directory, `${rows.length}-${table}.db`);
  const db = new DatabaseSync(path);
  db.exec(
    `create table ${table}(id integer primary key, ts_ms integer, ts_iso text, symbol text, price real, source text, raw_json text)`,
  );
  const insert = db.prepare(
    `insert into ${table}(ts_ms, ts_iso, symbol, price, source, raw_json) values (?, '', ?, ?, 'ws', ?)`,
  );
  db.exec('begin');
  for (const row of rows) insert.run(...(row as [number, string, number, string]));
  db.exec('commit');
  db.close();
  return path;
}

const ticker = (last: number, more = {}) => ({
  ...{ instId: 'BTC-USDT', last: String(last), lastSize: '6', askPrice: String(last + 1), askSize: '2504' },
  ...{ bidPrice: String(last - 1), bidSize: '9', high24h: '70000', low24h: '60000' },
  ...{ volCurrency24h: '1166.606', vol24h: '1166606', ts: '1', ...more },
});
const wrapped = (row: object) => JSON.stringify({ arg: { channel: 'tickers' }, data: [row] }, null, 1);

/** Two symbols, both layouts in turn, a row a second. */
const rows: Row[] = Array.from({ length: 6_000 }, (_, i) => {
  const last = 61_800 + (i % 97) / 10;
  const row = ticker(last);
  return [
    start + Math.floor(i / 2) * 1_000,
    i % 2 ? 'ETH-USDT' : 'BTC-USDT',
    last,
    i % 4 < 2 ? JSON.stringify(row) : wrapped(row),
  ];
});

describe('importing the older database', () => {
  it('makes no bars of hours that are missing, and says so', async () => {
    // Four hours are cut out after the first half minute of the second minute.
    const hours = 4 * 3_600_000;
    const cut = rows.slice(0, 360).map(([ms, ...row], i): Row => [Number(ms) + (i >= 180 ? hours : 0), ...row]);
    const result = await imports.run([sqliteTicks(database(cut), { venue: imports.venue })]);
    expect(result.coverage.map(({ symbol, gaps, gap_minutes }) => [symbol, gaps, gap_minutes])).toEqual([
      ['BTC-USDT', 1, 241],
      ['ETH-USDT', 1, 241],
    ]);
    const bars = await imports.rows<{ ts: Date; complete: boolean }>(
      'ts, complete',
      `and symbol = 'ETH-USDT' order by ts`,
      'candles_1m',
    );
    expect(bars.map(({ ts, complete }) => [(ts.getTime() - start) / 60_000, complete])).toEqual([
      [0, false],
      [1, false],
      [241, false],
      [242, false],
    ]);
  });

  it('takes both layouts, and bars say what SQLite says of them', async () => {
    const path = database(rows);
    const file = () => sqliteTicks(path, { venue: imports.venue, contractValue: { 'BTC-USDT': '0.001' } });
    const result = await imports.run([file()], { partBytes: 200_000 });
    expect(result).toMatchObject({ rows: 6_000, rejected: 0, symbols: ['BTC-USDT', 'ETH-USDT'] });
    expect(result.files[0].remarks).toContain(
      '--contracts says nothing of ETH-USDT: their sizes of the book are left out',
    );
    expect((await imports.run([file()], { restart: true })).rows).toBe(6_000);
    const sqlite = new DatabaseSync(path, { readOnly: true });
    const golden = sqlite
      .prepare(
        `select symbol, ts_ms / 60000 as minute, max(price) as high, min(price) as low, count(*) as quotes,
           max(case when id = last then price end) as close
         from (select *, max(id) over (partition by symbol, ts_ms / 60000) as last from ticks)
         group by symbol, ts_ms / 60000 order by symbol, minute`,
      )
      .all();
    sqlite.close();
    const bars = await imports.rows<{ ts: Date; volume: number; trades: number }>(
      'symbol, ts, high, low, quotes, close, volume, trades',
      'order by symbol, ts',
      'candles_1m',
    );
    expect(bars.map(({ ts, volume, trades, ...bar }) => ({ ...bar, minute: ts.getTime() / 60_000 }))).toEqual(
      golden.map((bar) => ({ ...bar })),
    );
    // A rolling sum of 24 hours is nobody's volume.
    expect(bars.every(({ volume, trades }) => volume === 0 && trades === 0)).toBe(true);
    const newest = await imports.rows('symbol, kind, size, side, bid, ask, bid_size, ask_size, volume_24h', 'limit 2');
    expect(newest).toContainEqual({
      ...{ symbol: 'BTC-USDT', kind: 'quote', size: null, side: null, bid: 61_799, ask: 61_801 },
      // 9 × 0.001 is 0.009000000000000001 in doubles.
      ...{ bid_size: 0.009, ask_size: 2.504, volume_24h: 1166.606 },
    });
    expect(newest).toContainEqual(expect.objectContaining({ symbol: 'ETH-USDT', bid_size: null, ask_size: null }));
    expect((await imports.rows('max(size) size', ''))[0]).toEqual({ size: null });
  });

  it('says what it leaves out, keeps the price where the ticker is broken, and refuses the rest', async () => {
    const path = database([
      [start, 'BTC-USDT', 1.5, '{broken'],
      [start, 'BTC-USDT', 0.1 + 0.2, null],
      [start, 'BTC-USDT', 3, '[]'],
      [start, 'BTC-USDT', null, JSON.stringify(ticker(7))],
      [start, '1000BONK-USDT', 0.0217, JSON.stringify(ticker(0.0217, { askPrice: '', bidPrice: null }))],
      [start, 'BTC-USDT', null, null],
      ['yesterday', 'BTC-USDT', 1, null],
      [5, 'BTC-USDT', 1, null],
      [start, null, 1, null],
      [start, 'BTC-USDT', -1, null],
      [start, 'BTC-USDT', 8, JSON.stringify(ticker(8, { bidPrice: '10' }))],
    ]);
    const result = await imports.run([sqliteTicks(path, { venue: imports.venue })]);
    expect(result).toMatchObject({
      rows: 5,
      rejected_by_reason: {
        'price is not a number': 1,
        'time is not a number': 1,
        'time is out of range': 1,
        'unknown instrument': 1,
        'price is not positive': 1,
        'bid above ask': 1,
      },
    });
    const remarks = result.files[0].remarks.join('\n');
    expect(remarks).toMatch(/3 rows have no readable ticker/);
    expect(remarks).toMatch(/without --contracts/);
    const stored = await imports.rows('symbol, price, bid, bid_size, volume_24h', 'order by cast(event_id as long)');
    const nothing = { bid: null, bid_size: null, volume_24h: null };
    expect(stored).toEqual([
      { symbol: 'BTC-USDT', price: 1.5, ...nothing },
      { symbol: 'BTC-USDT', price: 0.1 + 0.2, ...nothing },
      { symbol: 'BTC-USDT', price: 3, ...nothing },
      { symbol: 'BTC-USDT', price: 7, bid: 6, bid_size: null, volume_24h: 1166.606 },
      { symbol: 'BONK-USDT', price: 0.0000217, bid: null, bid_size: null, volume_24h: 1_166_606 },
    ]);
  });

  it('refuses what is no such database', () => {
    expect(() => sqliteTicks(imports.file('a.db', 'x'.repeat(5_000)), { venue: 'v' })).toThrow(/not a database/);
    expect(() => sqliteTicks(database([], 'other'), { venue: 'v' })).toThrow(/no table ticks/);
  });
});
