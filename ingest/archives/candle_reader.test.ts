import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candleTarget } from './candle_columns.ts';
import { readCandles, type SoundCandle } from './candle_reader.ts';
import { zipOf } from './fixtures/zip.ts';
import { type CandleOptions, mappedCandles } from './mapped_candles.ts';
import { parseMapping } from './mapping.ts';

const header = 'open_time,open,high,low,close,volume';
const start = Date.UTC(2026, 0, 5);
let directory: string;
let number = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-csv-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A file of this content in a folder of its own. */
function file(content: string | Buffer, name = 'AAA-USDT.csv', manifest?: unknown): string {
  const folder = join(directory, String(++number), 'bars');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
  if (manifest !== undefined)
    writeFileSync(join(folder, 'manifest.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  return join(folder, name);
}

async function readFile(path: string, options: CandleOptions = {}, bytes?: number) {
  const candles: SoundCandle[] = [];
  const refused: [string, string][] = [];
  for await (const part of readCandles(await mappedCandles(path, { venue: 'v', ...options }), directory, bytes)) {
    candles.push(...part.candles);
    refused.push(...part.refused.map(({ raw, reason }): [string, string] => [raw, reason]));
  }
  return { candles, refused };
}

const read = (content: string | Buffer, name?: string, options?: CandleOptions) =>
  readFile(file(content, name), options);
const row = (minutes: number, close = 100) => `${start + minutes * 60_000},${close},${close},${close},${close},1.5`;
const text = (...rows: string[]) => `${[header, ...rows].join('\n')}\n`;
const map = (list: string) => ({ mapping: parseMapping(list, candleTarget) });
const minutesOf = (candles: SoundCandle[]) => candles.map(({ ts }) => (ts / 1_000 - start) / 60_000);

describe('mappedCandles', () => {
  it('refuses a name that tells no symbol, and a file that is not there', async () => {
    for (const name of ['btc-usdt.csv', 'candles.csv', 'BTC.csv', 'BTC-USDT-1m.csv'])
      await expect(mappedCandles(file(text(), name), { venue: 'v' })).rejects.toThrow(/Nothing says which symbol/);
    await expect(mappedCandles(join(directory, 'AAA-USDT.csv'), { venue: 'v' })).rejects.toThrow(/There is no file/);
  });

  it('asks for a venue where nothing tells it, and refuses one that would break a row', async () => {
    await expect(mappedCandles(file(text()))).rejects.toThrow(/Nothing says which venue/);
    await expect(mappedCandles(file(text()), { venue: 'a,b' })).rejects.toThrow(/"a,b" is no name of a venue/);
    await expect(mappedCandles(file(text()), { venue: "x' or 1=1" })).rejects.toThrow(/no name of a venue/);
    expect(await mappedCandles(file(text()), { venue: 'okx' })).toMatchObject({ symbol: 'AAA-USDT', venue: 'okx' });
  });

  it('finds the venue in a manifest beside the file or above it, by file or by folder', async () => {
    const kind = 'candles-csv';
    const beside = file(text(), 'AAA-USDT.csv', { recordings: [{ path: 'AAA-USDT.csv', kind, venue: 'beside' }] });
    expect((await mappedCandles(beside)).venue).toBe('beside');
    expect((await mappedCandles(beside, { venue: 'told' })).venue).toBe('told');

    const below = file(text());
    const manifest = join(below, '..', '..', 'manifest.json');
    const [bar, bars] = ['bar', 'bars'].map((path) => ({ path, kind, venue: path }));
    writeFileSync(manifest, JSON.stringify({ recordings: [bar, bars] }));
    expect((await mappedCandles(below)).venue).toBe('bars');
    expect((await mappedCandles(relative(process.cwd(), below))).venue).toBe('bars');
    // A path that only begins like the folder is not inside it.
    writeFileSync(manifest, JSON.stringify({ recordings: [bar] }));
    await expect(mappedCandles(below)).rejects.toThrow(/Nothing says which venue/);
    await expect(mappedCandles(file(text(), 'AAA-USDT.csv', '{oops'))).rejects.toThrow(
      /manifest.json is not a manifest/,
    );
  });

  it('names the columns that are missing, and says what to do about a file that has no header', async () => {
    await expect(read('open_time,open,high,close\n1,2,3,4\n')).rejects.toThrow(/has no column low, volume/);
    await expect(read(row(0))).rejects.toThrow(/begins with figures/);
    await expect(read('')).rejects.toThrow(/is empty/);
    expect(await read(header)).toEqual({ candles: [], refused: [] });
  });
});

describe('readCandles', () => {
  it('gives each bar once, in order of time, the later line counting', async () => {
    const { candles, refused } = await read(text(row(2), row(0), row(2, 101)));
    expect(refused).toEqual([]);
    expect(candles.map(({ ts, close }) => [(ts / 1_000 - start) / 60_000, close])).toEqual([
      [0, 100],
      [2, 101],
    ]);
    expect(candles[0]).toEqual({
      ...{ symbol: 'AAA-USDT', ts: start * 1_000, open: 100, high: 100, low: 100, close: 100, volume: 1.5 },
      ...{ quoteVolume: null, buyVolume: null, trades: null },
    });
  });

  it('takes any order of columns, blanks, a byte order mark, CRLF, empty lines, and no newline at the end', async () => {
    const lines = [
      '\uFEFFvolume, close,high,low,open,open_time,quote_volume,taker_buy_volume,count,ignore',
      ` 2 ,11,12,9,10,${start},21,1,7,x`,
      '',
      `3,11,12,9,10, ${start + 60_000} ,22,0,8,x`,
    ];
    const { candles, refused } = await read(lines.join('\r\n'));
    expect(refused).toEqual([]);
    expect(candles).toMatchObject([
      { open: 10, high: 12, low: 9, close: 11, volume: 2, quoteVolume: 21, buyVolume: 1, trades: 7 },
      { volume: 3, buyVolume: 0, trades: 8 },
    ]);
  });

  it('takes cells in quotes, with blanks around them, and empty ones where a column is optional', async () => {
    const names = `"open_time" , "Open","High","Low","Close","Volume","quote_volume","count"`;
    const { candles, refused } = await read(
      [names, `"${start}","10","12","9","11","1","",""`, ` "${start + 60_000}" ,10,12,9,11,"2",,4`].join('\n'),
    );
    expect(refused).toEqual([]);
    expect(candles).toMatchObject([
      { volume: 1, quoteVolume: null, trades: null },
      { volume: 2, quoteVolume: null, trades: 4 },
    ]);
  });

  it.each([
    ['seconds', (ms: number) => String(ms / 1_000)],
    ['milliseconds', String],
    ['microseconds', (ms: number) => `${ms}000`],
    ['nanoseconds', (ms: number) => `${ms}000000`],
    ['dates', (ms: number) => new Date(ms).toISOString()],
    ['dates without a zone', (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)],
  ])('reads times in %s', async (_, written) => {
    const lines = [0, 1, 5].map((minutes) => `${written(start + minutes * 60_000)},1,1,1,1,1`);
    for (const name of ['timestamp', 'time', 'date', 'ts', 'open_time']) {
      const { candles, refused } = await read([`${name},open,high,low,close,volume`, ...lines].join('\n'));
      expect(refused).toEqual([]);
      expect(minutesOf(candles)).toEqual([0, 1, 5]);
    }
  });

  it.each([
    [',', ';'],
    ['.', ','],
    ['.', '\t'],
    ['.', '|'],
  ])(
    'reads numbers with the decimal sign %j and cells parted by %j, with a header and without',
    async (sign, delimiter) => {
      const cells = [String(start), '10.5', '12.25', '9', '11', '1.5'].map((cell) => cell.replace('.', sign));
      const options = { decimalComma: sign === ',' };
      const line = cells.join(delimiter);
      const expected = [{ open: 10.5, high: 12.25, low: 9, close: 11, volume: 1.5 }];
      const names = header.split(',');
      expect((await read(`${names.join(delimiter)}\n${line}`, undefined, options)).candles).toMatchObject(expected);
      const told = await read(`\uFEFF${line}\n`, 'AAA-USDT.txt', { ...options, columns: names });
      expect(told).toMatchObject({ candles: expected, refused: [] });
    },
  );

  it('takes a decimal comma for one only where that is told, and then no point', async () => {
    const lines = [
      'open_time;open;high;low;close;volume',
      `${start};1,5;1,5;1,5;1,5;1`,
      `${start + 60_000};1;1;1;1;1.000`,
    ];
    expect((await read(lines.join('\n'))).refused).toEqual([[lines[1], 'a value is not a number']]);
    expect((await read(lines.join('\n'), undefined, { decimalComma: true })).refused).toEqual([
      [lines[2], 'a value is not a number'],
    ]);
  });

  it('reads many symbols from a column, each by our name and for one coin', async () => {
    const lines = [
      'time,pair,o,h,l,c,v,taker',
      ...['BTCUSDT', '1000PEPEUSDT', 'NASDAQ'].map((name) => `${start},${name},0.002,0.002,0.001,0.002,5,3`),
    ];
    const { candles, refused } = await read(lines.join('\n'), 'all.csv', {
      ...map('open_time=time,symbol=pair,open=o,high=h,low=l,close=c,volume=v,taker_buy_volume=taker'),
    });
    expect(refused).toEqual([[lines[3], 'unknown instrument']]);
    expect(candles).toHaveLength(2);
    expect(candles).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ symbol: 'BTC-USDT', open: 0.002, volume: 5, buyVolume: 3 }),
        expect.objectContaining({
          symbol: 'PEPE-USDT',
          open: 0.000002,
          low: 0.000001,
          volume: 5_000,
          buyVolume: 3_000,
        }),
      ]),
    );
    const [only] = (await read(text(row(0)), '1000PEPE-USDT.csv')).candles;
    expect(only).toMatchObject({ symbol: 'PEPE-USDT', close: 0.1, volume: 1_500 });
  });

  it('reads Parquet of whatever types', async () => {
    const path = join(directory, 'BTC-USDT.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const rows = `SELECT make_timestamp(${start}000 + i * 60000000) AS time, 1.5::FLOAT AS open, 2 AS high, 1::DECIMAL(9, 2) AS low,
      '1.25' AS close, 3.0 AS volume, CASE WHEN i = 1 THEN 'NaN'::DOUBLE ELSE 4 END AS quote_volume, i AS count FROM range(3) numbers(i)`;
    await connection.run(`COPY (${rows}) TO '${path}' (FORMAT parquet)`);
    instance.closeSync();
    const { candles, refused } = await readFile(path);
    expect(refused).toEqual([]);
    expect(minutesOf(candles)).toEqual([0, 1, 2]);
    expect(candles[1]).toMatchObject({
      open: 1.5,
      high: 2,
      low: 1,
      close: 1.25,
      volume: 3,
      quoteVolume: null,
      trades: 1,
    });
  });

  it('reads gzip and zip of many parts, each line whole', async () => {
    const content = text(...Array.from({ length: 30_000 }, (_, i) => row(i, 100 + i / 7)));
    for (const [packed, name] of [
      [gzipSync(content), 'AAA-USDT.csv.gz'],
      [zipOf({ 'x.csv': content }), 'AAA-USDT.zip'],
    ] as const) {
      const { candles, refused } = await readFile(file(packed, name), {}, 1 << 18);
      expect(refused).toEqual([]);
      expect(candles.length).toBe(30_000);
      const sound = candles.every(({ ts, close }, i) => ts === (start + i * 60_000) * 1_000 && close === 100 + i / 7);
      expect(sound).toBe(true);
    }
  });

  it('refuses rows that are no candle, as they came, each with its reason', async () => {
    const of = (values: string) => `${start},${values}`;
    const bad: [string, string][] = [
      [of('10,12,9,11'), 'malformed row'],
      [of('10,12,9,,1'), 'a value is not a number'],
      [of('10,12,9,abc,1'), 'a value is not a number'],
      [of('10,NaN,9,11,1'), 'a value is not a number'],
      [of('10,Infinity,9,11,1'), 'a value is not a number'],
      [of('10,12,0,11,1'), 'a price is not positive'],
      [of('10,12,-9,11,1'), 'a price is not positive'],
      [of('10,10.5,9,11,1'), 'open or close lies outside low to high'],
      [of('10,12,10.5,11,1'), 'open or close lies outside low to high'],
      [of('10,12,9,11,-1'), 'the volume is negative'],
      [`${start + 1},10,12,9,11,1`, 'open_time is no whole minute'],
      [`${start}.5,10,12,9,11,1`, 'open_time is no whole minute'],
      ['17,10,12,9,11,1', 'open_time is out of range'],
      ['total,,,,,', 'open_time is not a time'],
    ];
    const { candles, refused } = await read(text(of('10,12,9,11,1'), ...bad.map(([line]) => line)));
    expect(candles.length).toBe(1);
    expect(refused).toEqual(bad);
    const extras = [
      `${header},quote_volume,count`,
      `${row(0)},-1,5`,
      `${row(1)},1,2.5`,
      `${row(2)},x,5`,
      `${row(3)},1,5`,
    ];
    const reason = 'a volume or count is not a number from 0 on';
    const read2 = await read(extras.join('\n'));
    expect([minutesOf(read2.candles), read2.refused]).toEqual([[3], extras.slice(1, 4).map((line) => [line, reason])]);
  });

  it('refuses a file whose times are in two units', async () => {
    const seconds = `${start / 1_000 + 60},1,1,1,1,1`;
    await expect(read(text(row(0), seconds))).rejects.toThrow(/two units: .*seconds.* and .*seconds/);
    const { candles, refused } = await read(text(row(0), seconds), undefined, { time: { unit: 'ms' } });
    expect([candles.length, refused]).toEqual([1, [[seconds, 'open_time is out of range']]]);
  });

  it('ends with an error where gzip is cut off or is no gzip', async () => {
    const whole = gzipSync(text(...Array.from({ length: 5_000 }, (_, i) => row(i, 100 + Math.sin(i)))));
    await expect(read(whole.subarray(0, whole.length - 20), 'AAA-USDT.csv.gz')).rejects.toThrow(
      /could not be read to its end/,
    );
    await expect(read(text(row(0)), 'AAA-USDT.csv.gz')).rejects.toThrow(/could not be read to its end/);
  });
});
