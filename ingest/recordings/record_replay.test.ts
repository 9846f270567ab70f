import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import type { Market } from '#ingest/local_exchange/market.ts';
import { contractValues } from '#ingest/session/record_market.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed } from '#ingest/venues/blofin/feed.ts';
import { malformed } from '#ingest/venues/blofin/fixtures/malformed.ts';
import { openRecording } from '#ingest/venues/blofin/local/recording.ts';
import { type LocalExchange, startExchange } from '#ingest/venues/blofin/local/server.ts';
import { simulateMarket } from '#ingest/venues/blofin/local/simulated.ts';
import { blofin } from '#ingest/venues/blofin/venue.ts';
import { silent } from '#lib/log.ts';
import { Recorder } from './recorder.ts';

const symbols = ['BTC-USDT', 'ETH-USDT', 'DOGE-USDT'];
let out: string;
let exchange: LocalExchange;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(async () => {
  await exchange.close();
  await rm(out, { recursive: true });
});

/** All that a market sends through a real socket; `to`: records it too. */
async function read(market: Market, to?: string, onSubscribed?: (exchange: LocalExchange) => void) {
  exchange = await startExchange({ market, speed: Infinity });
  const rest = blofin.rest({ url: exchange.restUrl, limiter: new Limiter() });
  const instruments = await rest.instruments();
  const origin = await rest.origin();
  const recorder =
    to === undefined
      ? undefined
      : await Recorder.open({
          ...{ out: to, flushMs: 20 },
          market: { venue: origin.venue, protocol: 'blofin', contractValue: contractValues(instruments.values()) },
        });
  const feed = new BlofinFeed({
    ...{ wsUrl: exchange.wsUrl, instruments, symbols, origin, topicsPerSocket: 4, connectSpacingMs: 1 },
    ...{ subscriptions: { spacingMs: 1 }, pingMs: 5 },
    onFrame: (text, at, socket) => recorder?.frame(text, at, socket),
  });
  const ticks: Tick[] = [];
  const others: MarketEvent[] = [];
  for await (const event of feed) {
    if (event.type === 'tick') ticks.push(event.tick);
    else others.push(event);
    if (event.type === 'subscribed' && others.filter(({ type }) => type === 'subscribed').length === 2) {
      onSubscribed?.(exchange);
      exchange.play();
    }
  }
  await recorder?.close();
  const played = await exchange.finished;
  await exchange.close();
  return { ticks, others, counters: feed.counters, played, recorded: recorder?.counters };
}

/** Without what differs by nature, per symbol: two sockets of a feed are not ordered between themselves. */
function bySymbol(ticks: Tick[], source: Tick['source']) {
  const plain = ticks.map(({ receivedAt: _, seq: __, ...tick }) => tick);
  expect(new Set(plain.map((tick) => tick.source))).toEqual(new Set([source]));
  return symbols.map((symbol) => plain.filter((tick) => tick.symbol === symbol).map(({ source: _, ...tick }) => tick));
}

describe('what was recorded and is replayed', () => {
  it('gives the same ticks, none lost, and the same again when it is played again', async () => {
    const market = simulateMarket({ symbols, seed: 7, start: Date.UTC(2026, 2, 3, 10), minutes: 3, historyMinutes: 1 });
    const original = await read(market, out);
    expect(original.ticks.length).toBe(original.played);
    // More than the pushes: acknowledgements and pongs are on record too.
    expect(original.recorded!.written).toBe(original.counters.frames);
    expect(original.recorded!.written).toBeGreaterThan(original.played);

    const first = await read(await openRecording(out));
    expect(first.ticks.length).toBe(original.ticks.length);
    expect(bySymbol(first.ticks, 'replay')).toEqual(bySymbol(original.ticks, 'ws'));
    // Simulated prices stay what they are, however often they are recorded.
    expect(new Set(first.ticks.map((tick) => tick.venue))).toEqual(new Set(['sim']));
    expect(first.counters).toMatchObject({ duplicates: 0, rejected: 0 });

    const again = await read(await openRecording(out), join(out, 'copy'));
    expect(bySymbol(again.ticks, 'replay')).toEqual(bySymbol(first.ticks, 'replay'));
    const copy = await read(await openRecording(join(out, 'copy'), { log: silent }));
    expect(bySymbol(copy.ticks, 'replay')).toEqual(bySymbol(first.ticks, 'replay'));
  });

  it('waits for the topics of the symbols that are to be played, and plays no others', async () => {
    const market = simulateMarket({ symbols, seed: 7, start: Date.UTC(2026, 2, 3, 10), minutes: 1, historyMinutes: 1 });
    const { ticks } = await read(market, out);
    const part = await openRecording(out, { symbols: ['ETH-USDT'] });
    expect(await part.topics()).toEqual(['trades ETH-USDT', 'tickers ETH-USDT']);
    const one = await read(part);
    expect(one.played).toBe(ticks.filter(({ symbol }) => symbol === 'ETH-USDT').length);
    await expect(openRecording(out, { symbols: ['XXX-USDT'] })).rejects.toThrow(/no XXX-USDT/);
  });

  it('keeps what was malformed: pushes that name a topic are refused again, for the same reasons', async () => {
    // An hour after the frames of the corpus, and so not at another time than they are. Beyond a day, the first events of
    // the market would be refused too, and which ones those are is a matter of how two sockets mingle.
    const start = Date.UTC(2026, 0, 5, 13);
    const market = simulateMarket({ symbols, seed: 7, start, minutes: 1, historyMinutes: 1 });
    const frames = malformed.filter(({ text }) => typeof text === 'string').map(({ text }) => String(text));
    const bad = frames.map((text) => text.replaceAll('AAA-USDT', 'BTC-USDT'));
    const original = await read(market, out, ({ faults }) => {
      // Two sockets: what names a topic goes to both, and both record it.
      for (const text of bad) faults.sendRaw(text);
    });
    const reasons = (events: MarketEvent[]) =>
      events.flatMap((event) => (event.type === 'rejected' ? [`${event.row.reason} ${event.row.raw}`] : [])).sort();
    const named = reasons(original.others).filter((text) => !/^(malformed|unknown)/.test(text));
    expect(named.length).toBeGreaterThan(60);
    const again = reasons((await read(await openRecording(out))).others);
    for (const text of new Set(named)) expect(again).toContain(text);
  });
});
