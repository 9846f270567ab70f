import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { blofinFrames } from '#ingest/archives/frames.ts';
import { silent } from '#lib/log.ts';
import { Imports } from './fixtures/imports.ts';

let imports: Imports;
beforeEach(() => {
  imports = new Imports(inject('questdb'), inject('redis'));
});
afterEach(() => imports.end());

const open = (path: string, options = {}) => blofinFrames(path, { venue: imports.venue, log: silent, ...options });

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

  it('asks whose frames they are and what a contract holds', async () => {
    const path = imports.file('a.jsonl', '');
    await expect(open(path, { venue: undefined })).rejects.toThrow(/which venue/);
    await expect(open(path)).rejects.toThrow(/what a contract/);
  });
});
