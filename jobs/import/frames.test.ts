import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { recordedFrames } from '#ingest/archives/frames.ts';
import { silent } from '#lib/log.ts';
import { Imports } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

const open = (path: string, options = {}) => recordedFrames(path, { venue: imports.venue, log: silent, ...options });

interface Recorded {
  recv: number;
  frame: { arg: { channel: string; instId: string }; data: { [name: string]: string }[] };
}

describe('importing recorded frames', () => {
  it('gives the ticks of the recording, twice the same, received when they were', async () => {
    const recordings = process.env.TICKFOREST_RECORDINGS;
    if (!recordings) throw new Error('TICKFOREST_RECORDINGS is not set');
    const path = join(recordings, 'blofin-frames/binance-um-20240808.jsonl.gz');
    const frames = gunzipSync(readFileSync(path))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded);
    const trades = frames.filter(({ frame }) => frame.arg.channel === 'trades');
    const btc = trades.filter(({ frame }) => frame.arg.instId === 'BTC-USDT').flatMap(({ frame }) => frame.data);
    const result = await imports.run([await open(path)], { partBytes: 1 << 20 });
    expect(result).toMatchObject({ rows: frames.length, rejected: 0 });
    await imports.run([await open(path)], { restart: true });
    expect(await imports.count(`and kind = 'trade' and source = 'replay'`)).toBe(trades.length);
    expect(await imports.count()).toBe(frames.length);
    const [stored] = await imports.rows(
      'count() rows, sum(cast(round(size * 1000, 0) as long)) contracts, max(received_at) newest',
      `and kind = 'trade' and symbol = 'BTC-USDT'`,
    );
    expect(stored).toEqual({
      rows: btc.length,
      contracts: btc.reduce((sum, { size }) => sum + Number(size), 0),
      newest: new Date(
        Math.max(...trades.filter(({ frame }) => frame.arg.instId === 'BTC-USDT').map(({ recv }) => recv)),
      ),
    });
  });

  it('refuses bad frames with their reason, passes over heartbeats, and says what the recording lacks', async () => {
    const trade = '{"instId":"A-USDT","tradeId":"1","price":"2","size":"3","side":"buy","ts":"1772323200000"}';
    const frame = (data: string) => `{"arg":{"channel":"trades","instId":"A-USDT"},"data":[${data}]}`;
    const lines = [
      `{"recv":1772323200001,"socket":0,"frame":${frame(trade)}}`,
      `{"recv":1772323200002,"socket":0,"frame":${frame(trade.replace('"2"', '"-2"'))}}`,
      '{"recv":1772323200003,"socket":0,"raw":"pong"}',
      '{"recv":1772323200004,"lost":7}',
      'rubbish',
    ];
    const path = imports.file('a.jsonl', lines.join('\n'));
    const result = await imports.run([await open(path, { contractValue: { 'A-USDT': '10' } })]);
    expect(result).toMatchObject({
      rows: 1,
      rejected_by_reason: { 'price is not positive': 1, 'malformed frame': 1 },
      files: [{ remarks: ['7 frames are missing in it, as it says itself'] }],
    });
    expect(await imports.rows('price, size, side')).toEqual([{ price: 2, size: 30, side: 'buy' }]);
    expect((await imports.rows('raw', 'order by raw', 'rejected_ticks')).map(({ raw }) => raw)).toContain('rubbish');
  });

  it('takes the recorded frames of Binance, told by the manifest, as the live feed would', async () => {
    const recordings = process.env.TICKFOREST_RECORDINGS;
    if (!recordings) throw new Error('TICKFOREST_RECORDINGS is not set');
    const path = join(recordings, 'binance-raw/um-20240808.txt.gz');
    const frames = gunzipSync(readFileSync(path)).toString().trim().split('\n');
    const of = (stream: string) => frames.filter((line) => line.includes(`"stream":"${stream}"`));
    const market = of('btcusdt@trade').filter((line) => line.includes('"X":"MARKET"'));
    const result = await imports.run([await open(path)], { partBytes: 4 << 20 });
    expect(result.rows + result.rejected).toBe(frames.length);
    expect(await imports.count(`and symbol = 'BTC-USDT' and kind = 'trade'`)).toBe(market.length);
    expect(await imports.count(`and symbol = 'ETH-USDT' and kind = 'quote'`)).toBe(of('ethusdt@bookTicker').length);
    const [{ first }] = await imports.rows<{ first: Date }>('min(received_at) first');
    expect(first.getTime()).toBe(Math.floor(Number(frames[0].slice(0, 16)) / 1_000));
  });

  it('tells frames of Binance by what is in them, and counts no trade twice', async () => {
    const stamp = { E: 1_772_323_200_000, T: 1_772_323_200_000, s: '1000PEPEUSDT', p: '0.0013', q: '7', m: false };
    const quote = { ...stamp, e: 'bookTicker', u: 9, b: '0.0012', B: '1', a: '0.0014', A: '2' };
    const push = (stream: string, data: object) =>
      `{"recv":1772323200001,"socket":0,"frame":${JSON.stringify({ stream, data })}}`;
    const lines = [
      '{"recv":1772323200000,"socket":0,"frame":{"result":null,"id":1}}',
      push('1000pepeusdt@aggTrade', { ...stamp, e: 'aggTrade', a: 5 }),
      push('1000pepeusdt@trade', { ...stamp, e: 'trade', t: 70, X: 'MARKET' }),
      push('1000pepeusdt@bookTicker', quote),
      push('btcusdt_260327@aggTrade', { ...stamp, e: 'aggTrade', s: 'BTCUSDT_260327', a: 6 }),
      push('1000pepeusdt@aggTrade', { ...stamp, e: 'aggTrade', a: 5 }),
    ];
    const result = await imports.run([await open(imports.file('b.jsonl', lines.join('\n')))]);
    expect(result.rejected_by_reason).toEqual({ 'unknown channel': 1, 'unknown instrument': 1 });
    const stored = await imports.rows('symbol, kind, price, size, side, bid, ask_size', 'order by kind');
    const pepe = { symbol: 'PEPE-USDT' };
    expect(stored).toEqual([
      { ...pepe, kind: 'quote', price: null, size: null, side: null, bid: 0.0000012, ask_size: 2_000 },
      { ...pepe, kind: 'trade', price: 0.0000013, size: 7_000, side: 'buy', bid: null, ask_size: null },
    ]);
  });

  it('asks whose frames they are and what a contract holds', async () => {
    const path = imports.file('a.jsonl', '');
    await expect(open(path, { venue: undefined })).rejects.toThrow(/which venue/);
    await expect(open(path)).rejects.toThrow(/what a contract/);
  });
});
