import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { binanceTicks } from '#ingest/archives/binance_ticks.ts';
import { zipOf } from '#ingest/archives/fixtures/zip.ts';
import { barsOf, Imports, storedBars, trades, tradingDay, umHeader, umTrade } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

describe('importing trades of Binance', () => {
  it('makes the bars of a day, and the second time nothing new', async () => {
    const path = imports.file(
      'BTCUSDT-trades-2024-08-08.zip',
      zipOf({ 'x.csv': [umHeader, ...trades.map(umTrade)].join('\n') }),
    );
    const open = () => binanceTicks(path, 'trades', imports.venue);
    const first = await imports.run([await open()]);
    expect(first).toMatchObject({
      ...{ rows: 3_000, rejected: 0, symbols: ['BTC-USDT'], way: 'parquet' },
      ...{ from: new Date(trades[0].ms).toISOString(), to: new Date(trades.at(-1)!.ms).toISOString() },
      files: [{ already: false, remarks: [] }],
    });
    expect(await imports.count()).toBe(3_000);
    const bars = await storedBars(imports);
    const golden = barsOf(trades);
    expect(bars).toEqual(golden);

    expect(await imports.run([await open()])).toMatchObject({ rows: 3_000, files: [{ already: true, rows: 3_000 }] });
    expect(await imports.run([await open()], { restart: true })).toMatchObject({
      rows: 3_000,
      files: [{ already: false }],
    });
    expect(await imports.count()).toBe(3_000);
    expect(await storedBars(imports)).toEqual(bars);
    expect(readdirSync(join(imports.dataDir, 'imports')).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('reads the spot layout: no header, microseconds, True and False, a column more; in any order', async () => {
    const lines = trades.map(
      ({ id, price, size, ms, maker }) =>
        `${id},${price},${size},1.0,${ms * 1000 + 7},${maker ? 'True' : 'False'},True`,
    );
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv.gz', gzipSync(lines.reverse().join('\r\n')));
    expect(await imports.run([await binanceTicks(path, 'trades', imports.venue)])).toMatchObject({
      rows: 3_000,
      rejected: 0,
    });
    const golden = barsOf(trades);
    expect(await storedBars(imports)).toEqual(golden);
    const [tick] = await imports.rows('kind, source, event_id, price, size, side, bid, volume_24h', 'limit 1');
    expect(tick).toEqual({
      ...{ kind: 'trade', source: 'archive', event_id: '5000', price: 61800, size: 0.001, side: 'sell' },
      ...{ bid: null, volume_24h: null },
    });
  });

  it('turns a multiplied contract into its coin, exactly', async () => {
    const path = imports.file(
      '1000PEPEUSDT-aggTrades-2024-08-08.csv',
      `7,0.0083217,1234,1,2,${tradingDay},true\n8,0.0083219,5,3,3,${tradingDay},false\n`,
    );
    await imports.run([await binanceTicks(path, 'aggTrades', imports.venue)]);
    expect(await imports.rows('symbol, event_id, price, size, side', 'order by event_id')).toEqual([
      { symbol: 'PEPE-USDT', event_id: 'a7', price: 0.0000083217, size: 1_234_000, side: 'sell' },
      { symbol: 'PEPE-USDT', event_id: 'a8', price: 0.0000083219, size: 5_000, side: 'buy' },
    ]);
  });

  it('counts what it refuses by reason, keeps it as it came, and takes the rest', async () => {
    const bad = [
      '1,61800,0.1,1,yesterday,true',
      `2,61800,0.1,1,${tradingDay * 1e6},true`,
      '3,61800,0.1,1,1723,true',
      `4,abc,0.1,1,${tradingDay},true`,
      `5,-1,0.1,1,${tradingDay},true`,
      `6,NaN,0.1,1,${tradingDay},true`,
      `7,Infinity,0.1,1,${tradingDay},true`,
      `8,61800,0,1,${tradingDay},true`,
      `9,61800,,1,${tradingDay},true`,
      `10,61800,0.1,1,${tradingDay},perhaps`,
      `,61800,0.1,1,${tradingDay},true`,
      '12,61800',
      'a "quoted, line',
    ];
    const lines = [umHeader, umTrade(trades[0]), ...bad, umTrade(trades[1]), `14,"61800","0.1",1,${tradingDay},"true"`];
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv', lines.join('\n'));
    const result = await imports.run([await binanceTicks(path, 'trades', imports.venue)]);
    expect(result).toMatchObject({ rows: 4, rejected: 12 });
    // 19 digits are nanoseconds, in a file of milliseconds.
    expect(result.rejected_by_reason).toEqual({
      'time is not a number': 1,
      'time is out of range': 2,
      'price is not a number': 3,
      'price is not positive': 1,
      'size is not positive': 1,
      'size is not a number': 1,
      'trade without an id': 1,
      'malformed row': 2,
    });
    const kept = await imports.rows<{ raw: string }>('symbol, reason, raw', '', 'rejected_ticks');
    expect(kept.length).toBe(12);
    expect(kept.map((row) => row.raw).sort()).toEqual(bad.filter((line) => !line.startsWith('10,')).sort());
    expect(result.files[0].remarks.join()).toMatch(/1 rows have a side that is neither buy nor sell/);
    expect(await imports.rows('side', `and event_id = '10'`)).toEqual([{ side: null }]);
  });

  it('refuses single trades where aggregated ones are in, which would count volume twice', async () => {
    const aggregated = imports.file('BTCUSDT-aggTrades-2024-08-08.csv', `1,61800,1,1,2,${tradingDay},true\n`);
    const single = imports.file('BTCUSDT-trades-2024-08-08.csv', `1,61800,1,1,${tradingDay},true\n`);
    await imports.run([await binanceTicks(aggregated, 'aggTrades', imports.venue)]);
    await expect(binanceTicks(single, 'trades', imports.venue).then((each) => imports.run([each]))).rejects.toThrow(
      /count twice/,
    );
    expect(await imports.count()).toBe(1);
  });

  it('says that all trades of a day have one side', async () => {
    const path = imports.file(
      'BTCUSDT-trades-2024-08-08.csv',
      trades.map((trade) => umTrade({ ...trade, maker: true })).join('\n'),
    );
    const { files } = await imports.run([await binanceTicks(path, 'trades', imports.venue)]);
    expect(files[0].remarks.join()).toMatch(/the same side/);
  });
});

describe('with a server of your own', () => {
  it('goes by CSV, says so, and stores the same', async () => {
    const path = imports.file('BTCUSDT-trades-2024-08-08.csv', [umHeader, ...trades.map(umTrade)].join('\n'));
    const result = await imports.run([await binanceTicks(path, 'trades', imports.venue)], { host: '127.0.0.1' });
    expect(result).toMatchObject({ rows: 3_000, way: 'csv' });
    const golden = barsOf(trades);
    expect(await storedBars(imports)).toEqual(golden);
    const rows = () =>
      imports.rows('ts, symbol, source, kind, event_id, price, size, side, bid, ask', 'order by event_id');
    const byCsv = await rows();
    await imports.run([await binanceTicks(path, 'trades', imports.venue)], { restart: true });
    expect(await rows()).toEqual(byCsv);
  });
});
