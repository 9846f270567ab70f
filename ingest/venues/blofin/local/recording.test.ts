import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candleFilesOf } from '#ingest/recordings/recorded_candles.ts';
import { UserError } from '#lib/errors.ts';
import { openRecording } from './recording.ts';
import { startExchange } from './server.ts';

let directory: string;
const entry = { path: 'a.jsonl.gz', kind: 'blofin-frames', venue: 'test', contractValue: { 'AAA-USDT': '0.1' } };
const line = (recv: number, instId = 'AAA-USDT') =>
  JSON.stringify({ recv, frame: { arg: { channel: 'trades', instId }, data: [{ tradeId: String(recv) }] } });

async function write(recordings: unknown, files: { [name: string]: string | Buffer } = {}) {
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}

async function read() {
  const market = await openRecording(directory);
  const ats: number[] = [];
  for await (const frame of market.frames()) ats.push(frame.at);
  return ats;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('a directory of recordings', () => {
  it('gives its frames in order, each once', async () => {
    await write([entry], { 'a.jsonl.gz': gzipSync(`${line(5)}\n${line(7)}\n${line(7)}\n`) });
    expect(await read()).toEqual([5, 7, 7]);
  });

  it('shows the steps of price and size by the finest number among its trades and candles, and none without numbers', async () => {
    const trade = (instId: string, price: unknown, size: unknown) =>
      JSON.stringify({ recv: 5, frame: { arg: { channel: 'trades', instId }, data: [{ price, size }] } });
    const lines = [trade('AAA-USDT', '100.50', '3'), trade('AAA-USDT', '100', '0.20'), trade('AAA-USDT', 'x', null)];
    const contractValue = { 'AAA-USDT': '0.1', 'BBB-USDT': '10', 'CCC-USDT': '1' };
    const candles = 'open_time,open,high,low,close,volume\n60000,1,1.025,1,1,50.0\n';
    await write(
      [
        { ...entry, contractValue },
        { path: 'BBB-USDT.csv', kind: 'candles-csv', venue: 'test' },
      ],
      {
        'a.jsonl.gz': gzipSync([...lines, line(6, 'CCC-USDT')].join('\n')),
        'BBB-USDT.csv': candles,
      },
    );
    const steps = await (await openRecording(directory)).steps?.();
    expect(Object.fromEntries(steps!)).toEqual({
      'AAA-USDT': { tickSize: '0.1', lotSize: '0.1', minSize: '0.1' },
      // 50 coins are 5 contracts.
      'BBB-USDT': { tickSize: '0.001', lotSize: '1', minSize: '1' },
      'CCC-USDT': {},
    });
  });

  it('says what is wrong with a directory or manifest', async () => {
    await expect(openRecording(join(directory, 'none'))).rejects.toThrow(/no directory of recordings/);
    await expect(openRecording(directory)).rejects.toThrow(UserError);
    await writeFile(join(directory, 'manifest.json'), '{');
    await expect(openRecording(directory)).rejects.toThrow(/not a manifest/);
    await write([{ path: 'x' }]);
    await expect(openRecording(directory)).rejects.toThrow(/not a manifest/);
    await write([]);
    await expect(openRecording(directory)).rejects.toThrow(/no recording that can be played/);
    await write([entry]);
    await expect(openRecording(directory)).rejects.toThrow(/lacks a\.jsonl\.gz/);
  });

  it('does not choose between venues or between frames', async () => {
    const file = gzipSync(`${line(5)}\n`);
    await write([entry, { ...entry, path: 'b.jsonl.gz' }], { 'a.jsonl.gz': file, 'b.jsonl.gz': file });
    await expect(openRecording(directory)).rejects.toThrow(/several frames: a.jsonl.gz, b.jsonl.gz/);
    expect((await openRecording(directory, { frames: 'b.jsonl.gz' })).instruments.length).toBe(1);
    await write([entry, { ...entry, path: 'b.jsonl.gz', venue: 'other' }]);
    await expect(openRecording(directory)).rejects.toThrow(/several venues?: test, other/);
    expect((await openRecording(directory, { venue: 'other' })).origin).toEqual({ venue: 'other', kind: 'recording' });
  });

  it.each([
    ['cut short', gzipSync(`${line(5)}\n${line(6)}\n`).subarray(0, -12), /damaged/],
    ['with a row too few', gzipSync(`${line(5)}\n`), /1 frames where the manifest says 2/],
    ['with a broken line', gzipSync(`${line(5)}\n{"recv":\n`), /line 2/],
    ['of an instrument without contract value', gzipSync(`${line(5)}\n${line(6, 'BBB-USDT')}\n`), /BBB-USDT/],
  ])('fails on a file %s, after what could be read', async (_, file, message) => {
    await write([{ ...entry, rows: 2 }], { 'a.jsonl.gz': file });
    await expect(read()).rejects.toThrow(message);
    const exchange = await startExchange({ market: await openRecording(directory), speed: Infinity });
    exchange.play();
    await expect(exchange.finished).rejects.toThrow(message);
    await exchange.close();
  });

  it('serves candles as the CSV states them, volumes in contracts beside', async () => {
    await mkdir(join(directory, 'bars'));
    const csv = 'open_time,open,high,low,close,volume\n60000,1.10,1.30,1.00,1.20,268.3\n180000,1,1,1,1,0\n';
    const bars = { path: 'bars', kind: 'candles-csv', venue: 'test', contractValue: { 'AAA-USDT': '0.1' } };
    await write([bars], { 'bars/AAA-USDT.csv.gz': gzipSync(csv), 'bars/BBB-USDT.csv': csv });
    const market = await openRecording(directory);
    const series = await market.candles('AAA-USDT', 0);
    expect(series.length).toBe(2);
    expect(series.rowAt(0)).toEqual(['60000', '1.10', '1.30', '1.00', '1.20', '2683', '268.3', '', '1']);
    // Without a contract value in the manifest a contract is one coin.
    expect((await market.candles('BBB-USDT', 0)).rowAt(0)[5]).toBe('268.3');
    expect((await market.candles('CCC-USDT', 0)).length).toBe(0);
    const paths = ['bars/AAA-USDT.csv.gz', 'bars/BBB-USDT.csv'].map((name) => join(directory, name));
    expect(await candleFilesOf(directory, 'test')).toEqual(paths);
    expect(await candleFilesOf(directory, 'other')).toEqual([]);
  });

  it('refuses a CSV with other columns or out of order', async () => {
    const bars = { path: 'AAA-USDT.csv', kind: 'candles-csv', venue: 'test' };
    await write([bars], { 'AAA-USDT.csv': 'time,open\n1,2\n' });
    await expect((await openRecording(directory)).candles('AAA-USDT', 0)).rejects.toThrow(
      /lacks the columns open_time/,
    );
    const row = ',1,1,1,1,1\n';
    await write([bars], { 'AAA-USDT.csv': `open_time,open,high,low,close,volume\n60000${row}60000${row}` });
    await expect((await openRecording(directory)).candles('AAA-USDT', 0)).rejects.toThrow(/not ordered/);
  });
});
