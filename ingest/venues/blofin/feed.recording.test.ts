import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from './feed.ts';
import { openRecording } from './local/recording.ts';
import { type LocalExchange, startExchange } from './local/server.ts';
import { BlofinRest } from './rest.ts';

const recordings = process.env.TICKFOREST_RECORDINGS;
/** Decimal places by which a contract is smaller than a coin. */
const places: { [symbol: string]: number } = { 'BTC-USDT': 3, 'ETH-USDT': 2 };
let exchange: LocalExchange;

async function feedOf(options = {}) {
  const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
  const instruments = await rest.instruments();
  const origin = await rest.origin();
  return new BlofinFeed({
    ...{ wsUrl: exchange.wsUrl, instruments, symbols: ['BTC-USDT', 'ETH-USDT'], subscriptions: { spacingMs: 1 } },
    ...{ origin, connectSpacingMs: 1, ...options },
  });
}

/** Moves the decimal point of the text. */
function shifted(text: string, by: number): number {
  const [whole, fraction = ''] = text.split('.');
  const padded = whole.padStart(by + 1, '0');
  return Number(`${padded.slice(0, -by)}.${padded.slice(-by)}${fraction}`);
}

/** What the recording says, read without any of our code. */
function recorded() {
  const path = join(recordings!, 'blofin-frames', 'binance-um-20240808.jsonl.gz');
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.map((line) => {
    const { arg, data } = JSON.parse(line).frame;
    const [row] = data;
    const by = places[arg.instId];
    return arg.channel === 'trades'
      ? [arg.instId, `${row.ts}000`, row.tradeId, Number(row.price), shifted(row.size, by), row.side].join()
      : [arg.instId, `${row.ts}000`, Number(row.bidPrice), shifted(row.bidSize, by), shifted(row.askSize, by)].join();
  });
}

function asText(tick: Tick): string {
  return tick.kind === 'trade'
    ? [tick.symbol, tick.ts, tick.eventId, tick.price, tick.size, tick.side].join()
    : [tick.symbol, tick.ts, tick.bid, tick.bidSize, tick.askSize].join();
}

afterEach(() => exchange.close());

describe.skipIf(!recordings)('the recorded spell through exchange and feed (needs TICKFOREST_RECORDINGS)', () => {
  it('arrives as 36,080 ticks, each once, in order, sizes in base coin, and ends by itself', async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: Infinity, autoplay: true });
    const feed = await feedOf();
    const events: MarketEvent[] = [];
    for await (const event of feed) events.push(event);
    const ticks = events.flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
    expect(ticks.length).toBe(36_080);
    expect(ticks.filter((tick) => tick.kind === 'trade').length).toBe(35_389);
    expect(ticks.map(asText)).toEqual(recorded());
    expect(events.filter((event) => event.type !== 'tick').map((event) => event.type)).toEqual(['subscribed']);
    expect(new Set(ticks.map((tick) => `${tick.venue} ${tick.source}`))).toEqual(new Set(['binance-um replay']));
    const keys = ticks.map((tick) => `${tick.symbol} ${tick.kind} ${tick.ts} ${tick.eventId}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(await exchange.finished).toBe(36_080);
    expect(feed.counters).toMatchObject({ ticks: 36_080, duplicates: 0, reconnects: 0, rejected: {} });
  });

  it('reaches a slow reader in full: the socket is paused, not the data dropped or piled up', async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: Infinity });
    const feed = await feedOf({ highWater: 50 });
    let ticks = 0;
    let piled = 0;
    for await (const event of feed) {
      if (event.type === 'subscribed') exchange.play();
      if (event.type !== 'tick') continue;
      ticks += 1;
      if (ticks % 5_000 === 1) await new Promise((resolve) => setTimeout(resolve, 100));
      piled = Math.max(piled, feed.counters.ticks - ticks);
    }
    expect(ticks).toBe(36_080);
    // What one read of the socket (64 KiB) may add above the mark.
    expect(piled).toBeLessThan(2_000);
  });

  it('comes through two sockets as well, in order per symbol', async () => {
    exchange = await startExchange({ market: await openRecording(recordings!), speed: Infinity, autoplay: true });
    const feed = await feedOf({ topicsPerSocket: 2 });
    const ticks: Tick[] = [];
    for await (const event of feed) if (event.type === 'tick') ticks.push(event.tick);
    const all = recorded();
    for (const symbol of ['BTC-USDT', 'ETH-USDT']) {
      const own = ticks.filter((tick) => tick.symbol === symbol).map(asText);
      expect(own).toEqual(all.filter((text) => text.startsWith(symbol)));
    }
  });
});
