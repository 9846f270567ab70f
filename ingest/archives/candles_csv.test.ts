import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CandleLine, candleFile, readCandles } from './candles_csv.ts';

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

async function read(content: string | Buffer, name?: string) {
  const lines: CandleLine[] = [];
  for await (const part of readCandles({ path: file(content, name), symbol: 'AAA-USDT', venue: 'v' }))
    lines.push(...part);
  const candles = lines.flatMap((line) => ('candle' in line ? [line.candle] : []));
  const rejected = lines.flatMap((line) => ('rejected' in line ? [[line.rejected.line, line.rejected.reason]] : []));
  return { candles, rejected };
}

const row = (minutes: number, close = 100) => `${start + minutes * 60_000},${close},${close},${close},${close},1.5`;
const text = (...rows: string[]) => `${[header, ...rows].join('\n')}\n`;

describe('candleFile', () => {
  it('refuses a name that tells no symbol, and a file that is not there', () => {
    for (const name of ['btc-usdt.csv', 'BTCUSDT.csv', 'BTC-USDT.txt', 'BTC-USDT.csv.zip', 'BTC-USDT-1m.csv'])
      expect(() => candleFile(file(text(), name), 'v')).toThrow(/does not tell a symbol/);
    expect(() => candleFile(join(directory, 'AAA-USDT.csv'), 'v')).toThrow(/There is no file/);
  });

  it('asks for a venue where nothing tells it, and refuses one that would break a row', () => {
    expect(() => candleFile(file(text()))).toThrow(/Nothing says which venue/);
    expect(() => candleFile(file(text()), 'a,b')).toThrow(/"a,b" is no name of a venue/);
    expect(() => candleFile(file(text()), "x' or 1=1")).toThrow(/no name of a venue/);
    expect(candleFile(file(text()), 'okx')).toMatchObject({ symbol: 'AAA-USDT', venue: 'okx' });
  });

  it('finds the venue in a manifest beside the file or above it, by file or by folder', () => {
    const beside = file(text(), 'AAA-USDT.csv.gz', { recordings: [{ path: 'AAA-USDT.csv.gz', venue: 'beside' }] });
    expect(candleFile(beside).venue).toBe('beside');
    expect(candleFile(beside, 'told').venue).toBe('told');

    const below = file(text());
    const manifest = join(below, '..', '..', 'manifest.json');
    writeFileSync(
      manifest,
      JSON.stringify({
        recordings: [
          { path: 'bar', venue: 'no' },
          { path: 'bars', venue: 'above' },
        ],
      }),
    );
    expect(candleFile(below).venue).toBe('above');
    // A path that only begins like the folder is not inside it.
    writeFileSync(manifest, JSON.stringify({ recordings: [{ path: 'bar', venue: 'no' }] }));
    expect(() => candleFile(below)).toThrow(/Nothing says which venue/);
  });

  it('finds the manifest above for a path that is relative to its own folder', () => {
    const below = file(text());
    writeFileSync(
      join(below, '..', '..', 'manifest.json'),
      JSON.stringify({ recordings: [{ path: 'bars', venue: 'v' }] }),
    );
    expect(candleFile(relative(process.cwd(), below)).venue).toBe('v');
  });

  it('says which manifest is broken', () => {
    expect(() => candleFile(file(text(), 'AAA-USDT.csv', '{oops'))).toThrow(/manifest.json could not be read/);
  });
});

describe('readCandles', () => {
  it('reads rows in the order of the file, unsorted and doubled ones too', async () => {
    const { candles, rejected } = await read(text(row(2), row(0), row(2, 101)));
    expect(rejected).toEqual([]);
    expect(candles.map(({ ts, close }) => [(ts / 1_000 - start) / 60_000, close])).toEqual([
      [2, 100],
      [0, 100],
      [2, 101],
    ]);
    expect(candles[0]).toEqual({
      ...{ venue: 'v', symbol: 'AAA-USDT', source: 'archive', ts: (start + 120_000) * 1_000 },
      ...{ open: 100, high: 100, low: 100, close: 100, volume: 1.5 },
      ...{ quoteVolume: null, buyVolume: null, trades: null },
    });
  });

  it('takes any order of columns, spaces, a byte order mark, CRLF, empty lines, and no newline at the end', async () => {
    const lines = [
      '\uFEFFvolume, close,high,low,open,open_time,quote_volume,taker_buy_volume,count,ignore',
      ` 2 ,11,12,9,10,${start},21,1,7,x`,
      '',
      `3,11,12,9,10,${start + 60_000},22,0,8,x`,
    ];
    const { candles, rejected } = await read(lines.join('\r\n'));
    expect(rejected).toEqual([]);
    expect(candles).toMatchObject([
      { open: 10, high: 12, low: 9, close: 11, volume: 2, quoteVolume: 21, buyVolume: 1, trades: 7 },
      { volume: 3, buyVolume: 0, trades: 8 },
    ]);
  });

  it('reads gzip of many pieces, each line whole', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => row(i, 100 + i / 7));
    const { candles, rejected } = await read(gzipSync(text(...rows)), 'AAA-USDT.csv.gz');
    expect(rejected).toEqual([]);
    expect(candles.length).toBe(30_000);
    expect(candles.every(({ ts, close }, i) => ts === (start + i * 60_000) * 1_000 && close === 100 + i / 7)).toBe(
      true,
    );
  });

  it('refuses lines that are no candle, each with its number and reason', async () => {
    const of = (values: string) => `${start},${values}`;
    const { candles, rejected } = await read(
      text(
        of('10,12,9,11,1'),
        of('10,12,9,11'),
        of('10,12,9,,1'),
        of('10,12,9,abc,1'),
        of('10,NaN,9,11,1'),
        of('10,Infinity,9,11,1'),
        of('10,12,0,11,1'),
        of('10,12,-9,11,1'),
        of('10,10.5,9,11,1'),
        of('10,12,10.5,11,1'),
        of('10,12,9,11,-1'),
        `${start + 1},10,12,9,11,1`,
        `${start * 1_000},10,12,9,11,1`,
        // Seconds: a thousandth of these would pass for whole minutes of January 1970.
        '1767600000,10,12,9,11,1',
        'total,,,,,',
      ),
    );
    expect(candles.length).toBe(1);
    expect(rejected).toEqual([
      [3, '5 cells where the header has 6'],
      [4, 'a value is not a number'],
      [5, 'a value is not a number'],
      [6, 'a value is not a number'],
      [7, 'a value is not a number'],
      [8, 'a price is not positive'],
      [9, 'a price is not positive'],
      [10, 'open or close lies outside low to high'],
      [11, 'open or close lies outside low to high'],
      [12, 'the volume is negative'],
      [13, 'open_time is no whole minute in milliseconds'],
      [14, 'open_time is no whole minute in milliseconds'],
      [15, 'open_time is out of range'],
      [16, 'a value is not a number'],
    ]);
  });

  it('refuses a negative or missing extra, which would pass for order flow', async () => {
    const lines = [`${header},quote_volume,count`, `${row(0)},-1,5`, `${row(1)},1,`, `${row(2)},1,5`];
    const { candles, rejected } = await read(lines.join('\n'));
    expect([candles.length, rejected.map(([line]) => line)]).toEqual([1, [2, 3]]);
  });

  it('names the columns that are missing, and an empty file', async () => {
    await expect(read('open_time,open,high,close\n1,2,3,4\n')).rejects.toThrow(/has no column low, volume/);
    await expect(read(row(0))).rejects.toThrow(/has no column open_time, open/);
    await expect(read('')).rejects.toThrow(/is empty/);
    expect(await read(header)).toEqual({ candles: [], rejected: [] });
  });

  it('ends with an error where gzip is cut off or is no gzip', async () => {
    const whole = gzipSync(text(...Array.from({ length: 5_000 }, (_, i) => row(i, 100 + Math.sin(i)))));
    await expect(read(whole.subarray(0, whole.length - 20), 'AAA-USDT.csv.gz')).rejects.toThrow(
      /could not be read to its end/,
    );
    await expect(read(text(row(0)), 'AAA-USDT.csv.gz')).rejects.toThrow(/could not be read to its end/);
  });
});
