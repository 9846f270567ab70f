import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { mappedTicks, tickTarget } from '#ingest/archives/mapped_ticks.ts';
import { parseMapping } from '#ingest/archives/mapping.ts';
import { Imports, storedBars } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

describe('importing any CSV', () => {
  const open = (path: string, map: string, time = {}) =>
    mappedTicks(path, { venue: imports.venue, mapping: parseMapping(map, tickTarget), time });

  it('takes the recorded quotes, several of them in one second, twice the same, and makes no bars of them', async () => {
    const recordings = process.env.TICKFOREST_RECORDINGS;
    if (!recordings) throw new Error('TICKFOREST_RECORDINGS is not set');
    const path = join(recordings, 'quotes/binance-um-BTC-USDT.csv.gz');
    const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n').slice(1);
    const cells = lines.map((line) => line.split(',').slice(1).map(Number));
    const map = 'ts=timestamp,bid=bid_price,ask=ask_price,bid_size=bid_amount,ask_size=ask_amount';
    const result = await imports.run([await open(path, map)]);
    expect(result).toMatchObject({ rows: lines.length, rejected: 0, symbols: ['BTC-USDT'] });
    expect(result.files[0].remarks.join()).toMatch(/no bars/);
    await imports.run([await open(path, map)], { restart: true });
    expect(await imports.count(`and kind = 'quote'`)).toBe(lines.length);
    // Prices in tenths and sizes in thousandths, so that the order of adding makes no difference.
    const [sums] = await imports.rows(
      'sum(cast(round(ask * 10, 0) as long)) asks, sum(cast(round(bid_size * 1000, 0) as long)) sizes',
    );
    expect(sums).toEqual({
      asks: cells.reduce((sum, [, ask]) => sum + Math.round(ask * 10), 0),
      sizes: cells.reduce((sum, [, , , size]) => sum + Math.round(size * 1000), 0),
    });
    expect(await storedBars(imports)).toEqual([]);
  });

  it('keeps equal rows of one time apart, also where files were cut within a second, and takes none twice', async () => {
    const header = 'time,last,qty,side';
    const at = '2026-03-01 10:00:00';
    const one = imports.file('BTC-USDT.csv', [header, `${at},5,1,buy`, `${at},5,1,buy`, `${at},6,1,sell`].join('\n'));
    const two = imports.file('BTC-USDT.csv', [header, `${at},6,1,sell`, `${at},7,2,BUY`].join('\n'));
    const map = 'ts=time,price=last,size=qty';
    await imports.run([await open(one, map), await open(two, map)]);
    // Files that only share an instant were cut in it: the trades at 6 are two.
    expect(await imports.count()).toBe(5);
    await imports.run([await open(two, map), await open(one, map)], { restart: true });
    expect(await imports.count()).toBe(5);
  });

  it.each([
    ['2026-03-01T12:00:00.25+02:00', {}],
    ['2026-03-01 10:00:00.25', {}],
    ['1772359200250', {}],
    ['1772359200250000', {}],
    ['1772359200.25', {}],
    ['1772359200250000000', {}],
    ['1772359200250', { unit: 'ms' as const }],
    ['01.03.2026 10:00:00.25', { format: '%d.%m.%Y %H:%M:%S.%g' }],
  ])('reads the time %s', async (text, time) => {
    const path = imports.file('BTC-USDT.csv', `t;p;s\n${text};1,5;2\n${text};1.5;2\n`);
    const result = await imports.run([await open(path, 'ts=t,price=p,size=s', time)]);
    // A decimal comma is no number.
    expect(result).toMatchObject({ rows: 1, rejected_by_reason: { 'price is not a number': 1 } });
    expect(result.from).toBe('2026-03-01T10:00:00.250Z');
  });
});

describe('importing Parquet', () => {
  async function parquet(name: string, select: string): Promise<string> {
    const path = join(imports.directory, name);
    const instance = await DuckDBInstance.create(':memory:');
    await (await instance.connect()).run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
    instance.closeSync();
    return path;
  }

  it('takes columns named like ours as they are, and others by a mapping, twice the same', async () => {
    // More rows than one part has.
    const ours = await parquet(
      'ours.parquet',
      `SELECT make_timestamp(1772359200000000 + i * 1000) AS ts, 'A-USDT' AS symbol, i::VARCHAR AS event_id,
         100.0 + i % 7 AS price, 0.5 AS size, 'buy' AS side FROM range(600000) numbers(i)`,
    );
    const theirs = await parquet(
      'B-USDT.parquet',
      `SELECT 1772359200 + i AS at, CASE WHEN i = 3 THEN 'NaN'::FLOAT ELSE 0.1::FLOAT END AS p, 2 AS qty,
         i % 2 = 0 AS maker FROM range(5) numbers(i)`,
    );
    const map = parseMapping('ts=at,price=p,size=qty,is_buyer_maker=maker', tickTarget);
    const files = async () => [
      await mappedTicks(ours, { venue: imports.venue, mapping: new Map(), time: {} }),
      await mappedTicks(theirs, { venue: imports.venue, mapping: map, time: {} }),
    ];
    for (const restart of [false, true])
      expect(await imports.run(await files(), { restart })).toMatchObject({
        ...{ rows: 600_004, rejected_by_reason: { 'price is not a number': 1 }, way: 'parquet' },
        ...{ symbols: ['A-USDT', 'B-USDT'], from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T10:09:59.999Z' },
      });
    expect(await imports.count()).toBe(600_004);
    const [sum] = await imports.rows(
      'sum(cast(price as long)) prices, count_distinct(event_id) ids',
      `and symbol = 'A-USDT'`,
    );
    const prices = Array.from({ length: 600_000 }, (_, i) => 100 + (i % 7)).reduce((total, price) => total + price, 0);
    expect(sum).toEqual({ prices, ids: 600_000 });
    expect(await imports.rows('side', `and symbol = 'B-USDT' order by ts`)).toEqual([
      ...[{ side: 'sell' }, { side: 'buy' }, { side: 'sell' }, { side: 'sell' }],
    ]);
  });
});
