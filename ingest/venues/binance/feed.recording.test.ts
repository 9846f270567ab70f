import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import type { LocalExchange } from '#ingest/venues/blofin/local/server.ts';
import { BinanceFeed } from './feed.ts';
import { openRecording } from './local/recording.ts';
import { startExchange } from './local/server.ts';
import { BinanceRest } from './rest.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
const names: { [symbol: string]: string } = { BTCUSDT: 'BTC-USDT', ETHUSDT: 'ETH-USDT' };
let exchange: LocalExchange;

async function feedOf(options = {}) {
  const rest = new BinanceRest({ url: exchange.restUrl, limiter: new Limiter() });
  return new BinanceFeed({
    ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols: Object.values(names) },
    ...{ origin: await rest.origin(), connectSpacingMs: 1, subscriptions: { spacingMs: 150 }, ...options },
  });
}

/** What the recording says, read without any of our code. */
function recorded(): string[] {
  const path = join(recordings!, 'binance-raw', 'um-20240808.txt.gz');
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.map((line) => {
    const { data } = JSON.parse(line.slice(line.indexOf(' ') + 1));
    const head = [names[data.s], `${data.T}000`];
    return data.e === 'trade'
      ? [...head, data.t, Number(data.p), Number(data.q), data.m ? 'sell' : 'buy'].join()
      : [...head, data.u, Number(data.b), Number(data.B), Number(data.a), Number(data.A)].join();
  });
}

function asText(tick: Tick): string {
  const head = [tick.symbol, tick.ts, tick.eventId];
  return tick.kind === 'trade'
    ? [...head, tick.price, tick.size, tick.side].join()
    : [...head, tick.bid, tick.bidSize, tick.ask, tick.askSize].join();
}

describe.skipIf(!recordings)('the raw spell through exchange and feed (needs TICKFOREST_RECORDINGS)', () => {
  let expected: string[];
  beforeAll(() => {
    expected = recorded();
  });
  afterEach(() => exchange.close());

  it('arrives as 155,470 ticks, each once, in order within its socket, and ends by itself', async () => {
    const market = await openRecording(recordings!);
    exchange = await startExchange({ market, speed: Infinity, autoplay: true });
    const feed = await feedOf();
    const events: MarketEvent[] = [];
    for await (const event of feed) events.push(event);
    const ticks = events.flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
    expect(ticks.length).toBe(155_470);
    const of = (kind: string) => ticks.filter((tick) => tick.kind === kind).map(asText);
    expect(of('trade')).toEqual(expected.filter((text) => /(buy|sell)$/.test(text)));
    expect(of('quote')).toEqual(expected.filter((text) => !/(buy|sell)$/.test(text)));
    expect(events.filter(({ type }) => type !== 'tick').map(({ type }) => type)).toEqual(['subscribed']);
    expect(new Set(ticks.map((tick) => `${tick.venue} ${tick.source}`))).toEqual(new Set(['binance-um replay']));
    expect(ticks.every((tick) => tick.kind === 'trade' || tick.price === null)).toBe(true);
    expect(feed.counters).toMatchObject({ received: 155_470, ticks: 155_470, duplicates: 0, rejected: 0 });
    expect(await exchange.finished).toBe(155_470);
  });

  it('reaches a slow reader in full: both sockets are paused, nothing is dropped or piled up', async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: Infinity, autoplay: true });
    const feed = await feedOf({ highWater: 50 });
    let ticks = 0;
    let piled = 0;
    for await (const event of feed) {
      if (event.type !== 'tick') continue;
      ticks += 1;
      if (ticks % 20_000 === 1) await new Promise((resolve) => setTimeout(resolve, 100));
      piled = Math.max(piled, feed.counters.ticks - ticks);
    }
    expect(ticks).toBe(155_470);
    // What one read of each socket (64 KiB) may add above the mark.
    expect(piled).toBeLessThan(2_000);
  });

  it('gives the last trades by REST with the ids and values of the feed', async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: Infinity });
    exchange.play();
    await exchange.finished;
    const rest = new BinanceRest({ url: exchange.restUrl, limiter: new Limiter() });
    const trades = await rest.trades('ETH-USDT');
    const last = expected.filter((text) => /^ETH.*(buy|sell)$/.test(text)).slice(-1_000);
    expect(trades.map(asText)).toEqual(last);
    expect(new Set(trades.map((tick) => `${tick.venue} ${tick.source}`))).toEqual(new Set(['binance-um replay']));
  });
});
