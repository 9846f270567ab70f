import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Tick } from '#ingest/feed.ts';
import { type Finding, StreamWatch } from './stream_watch.ts';

const none = { bid: null, ask: null, bidSize: null, askSize: null, high24h: null, low24h: null, side: null };
const key = { venue: 'v', symbol: 'A-USDT', source: 'ws', eventId: '1', size: 1, seq: null } as const;
const t0 = Date.UTC(2026, 2, 3, 10) * 1_000;
let watch: StreamWatch;

beforeEach(() => {
  watch = new StreamWatch();
});

const see = (more: Pick<Tick, 'kind' | 'price' | 'volume24h'>, seconds: number): Finding | undefined => {
  const ts = t0 + seconds * 1e6;
  return watch.saw({ ...none, ...key, ...more, ts, receivedAt: ts });
};
const trade = (seconds: number, price: number) => see({ kind: 'trade', price, volume24h: null }, seconds);
const quote = (seconds: number, price: number | null, volume24h: number | null = null) =>
  see({ kind: 'quote', price, volume24h }, seconds);
const stopped = (since: number, renew = true) => ({
  ...{ stream: 'trades', state: 'stopped', since: t0 + since * 1e6, renew },
});

describe('StreamWatch', () => {
  it('takes a last price other than the last trade’s for a trade that is missing, once it is overdue', () => {
    trade(0, 5);
    expect([quote(5, 5), quote(12, 6), quote(21, 6)]).toEqual([undefined, undefined, undefined]);
    expect(quote(22, 6)).toEqual(stopped(0));
    expect(watch.stopped).toEqual(['A-USDT']);
    expect(trade(23, 6)).toEqual({ stream: 'trades', state: 'back' });
    expect(watch.stopped).toEqual([]);
  });

  it('takes a volume of 24 hours that grows for one, and one that falls for none', () => {
    trade(0, 5);
    expect([12, 30, 60, 90].map((at) => quote(at, 5, 100 - at))).toEqual(Array(4).fill(undefined));
    expect([quote(100, 5, 11), quote(110, 5, 11)]).toEqual([undefined, stopped(0)]);
  });

  it('is patient with a quote that is late, or early, and with trades of one time in any order', () => {
    trade(0, 5);
    trade(0, 6);
    expect([quote(9, 4), quote(60, 5), quote(70, 6), quote(80, 5)]).toEqual(Array(4).fill(undefined));
    expect([quote(90, 7), trade(99, 7), quote(100, 7), quote(120, 7)]).toEqual(Array(4).fill(undefined));
  });

  it('does not suspect a symbol that does not trade, nor a venue whose quotes have no last price', () => {
    for (let at = 0; at < 7_200; at += 10) expect(quote(at, 5, 100)).toBeUndefined();
    watch = new StreamWatch();
    trade(0, 5);
    for (let at = 1; at < 7_200; at += 10) expect(quote(at, null)).toBeUndefined();
  });

  it('notices trades that never come, and renews the connection ever more seldom', () => {
    quote(0, 5);
    expect([quote(11, 6), quote(21, 6)]).toEqual([undefined, stopped(0)]);
    watch.forget(['A-USDT']);
    quote(30, 6);
    expect([quote(41, 7), quote(51, 7), quote(140, 7)]).toEqual([undefined, stopped(30, false), undefined]);
    expect(quote(141, 7)).toEqual(stopped(30));
    expect(trade(142, 7)).toEqual({ stream: 'trades', state: 'back' });
  });

  it('knows when the connection is lost whether trades were missing before', () => {
    trade(0, 5);
    quote(1, 6);
    expect(watch.lost(['A-USDT'])).toEqual([]);
    trade(10, 5);
    quote(13, 6);
    expect(watch.lost(['A-USDT'])).toEqual([{ symbol: 'A-USDT', since: t0 + 10e6, proven: false }]);
    expect(watch.lost(['A-USDT'])).toEqual([]);
    expect(trade(14, 6)).toBeUndefined();
  });

  it('waits for a trade once trades were proven to be missing, over any number of new connections', () => {
    trade(0, 5);
    expect([quote(12, 6), quote(22, 6)]).toEqual([undefined, stopped(0)]);
    const missing = [{ symbol: 'A-USDT', since: t0, proven: true }];
    expect(watch.lost(['A-USDT'])).toEqual(missing);
    // Status has told it; that it goes on is told again when it is proven again.
    expect(watch.stopped).toEqual([]);
    quote(26, 6);
    // Another symbol may have asked for that one.
    expect(watch.lost(['A-USDT'])).toEqual(missing);
    quote(30, 6);
    expect(trade(35, 6)).toEqual({ stream: 'trades', state: 'back' });
    expect(watch.lost(['A-USDT'])).toEqual([]);
  });

  it('does not ask for a connection again that another symbol has just renewed', () => {
    trade(0, 5);
    quote(12, 6);
    watch.lost(['A-USDT']);
    quote(15, 6);
    expect([quote(26, 7), quote(36, 7)]).toEqual([undefined, stopped(15, false)]);
  });

  it('notices quotes that do not follow the price of the trades', () => {
    quote(0, 5);
    expect([trade(1, 5), trade(59, 6), trade(61, 5)]).toEqual([undefined, undefined, undefined]);
    expect(trade(62, 6)).toEqual({ stream: 'quotes', state: 'stopped', since: t0, renew: true });
    expect(trade(63, 6)).toBeUndefined();
  });

  it.skipIf(!process.env.TICKFOREST_RECORDINGS)('has nothing to say of a real market', async () => {
    const file = join(process.env.TICKFOREST_RECORDINGS!, 'blofin-frames', 'binance-um-20240808.jsonl.gz');
    let ticks = 0;
    for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
      const { arg, data } = JSON.parse(line).frame;
      for (const row of data) {
        const kind = arg.channel === 'trades' ? 'trade' : 'quote';
        const [ts, price] = [Number(row.ts) * 1_000, Number(row.price ?? row.last)];
        const tick = { ...none, ...key, symbol: arg.instId, kind, price, volume24h: null, ts, receivedAt: ts } as const;
        expect(watch.saw(tick)).toBeUndefined();
        ticks += 1;
      }
    }
    expect(ticks).toBeGreaterThan(36_000);
  });
});
