import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import type { LocalExchange } from '#ingest/venues/blofin/local/server.ts';
import { BinanceFeed, type BinanceFeedOptions } from './feed.ts';
import { openRecording } from './local/recording.ts';
import { type ExchangeOptions, startExchange } from './local/server.ts';
import { BinanceRest } from './rest.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const start = Date.UTC(2026, 0, 5, 12);
/** Everything that waits does so briefly; nothing is asserted about how long. */
const brief = {
  ...{ connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16 },
  subscriptions: { spacingMs: 150, ackTimeoutMs: 300 },
};
const frames = 3_000;
let directory: string;
let exchange: LocalExchange;

const trade = { e: 'aggTrade', E: start, s: 'AAAUSDT', a: 1, p: '5', q: '4', f: 1, l: 1, T: start, m: false };
const book = { e: 'bookTicker', u: 1, s: 'AAAUSDT', b: '4', B: '1', a: '6', A: '1', T: start, E: start };
const push = (data: { s: string; e: string; [field: string]: unknown }) =>
  JSON.stringify({ stream: `${data.s.toLowerCase()}@${data.e}`, data });

/** Trades and quotes of both symbols in turn, a millisecond apart. */
function frameOf(i: number): string {
  const s = i % 4 < 2 ? 'AAAUSDT' : 'BBBUSDT';
  const T = start + i;
  return push(i % 2 === 0 ? { ...trade, s, a: i, T } : { ...book, s, u: i, T });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binance-feed-'));
  const entry = { path: 'a.jsonl', kind: 'binance-um-frames', venue: 'test-um' };
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ recordings: [entry] }));
  const lines = Array.from({ length: frames }, (_, i) => `{"recv":${start + i},"frame":${frameOf(i)}}\n`);
  await writeFile(join(directory, 'a.jsonl'), lines.join(''));
});
afterEach(async () => {
  await exchange.close();
  await rm(directory, { recursive: true });
});

async function serve(options: Partial<ExchangeOptions> = {}) {
  exchange = await startExchange({ market: await openRecording(directory), ...options });
}

async function feedOf(options: Partial<BinanceFeedOptions> = {}) {
  const rest = new BinanceRest({ url: exchange.restUrl, limiter: new Limiter() });
  const instruments = await rest.instruments();
  const origin = await rest.origin();
  return new BinanceFeed({ wsUrl: exchange.wsUrl, instruments, symbols, origin, ...brief, ...options });
}

/** Reads the feed; `on` may act on each event and closes the feed by returning true. */
async function read(feed: BinanceFeed, on: (event: MarketEvent, events: MarketEvent[]) => unknown) {
  const events: MarketEvent[] = [];
  for await (const event of feed) {
    events.push(event);
    if ((await on(event, events)) === true) await feed.close();
  }
  return events;
}

const count = (events: MarketEvent[], type: MarketEvent['type']) => events.filter((e) => e.type === type).length;
const marks = (events: MarketEvent[]) => events.filter(({ type }) => type !== 'tick').map(({ type }) => type);
const keys = (events: MarketEvent[]) =>
  events.flatMap((e) => (e.type === 'tick' ? [`${e.tick.symbol} ${e.tick.kind} ${e.tick.eventId}`] : []));

describe('BinanceFeed', () => {
  it('brings trades and quotes over two sockets as one feed, each row once, to the end', async () => {
    await serve({ speed: Number.POSITIVE_INFINITY, autoplay: true });
    const events = await read(await feedOf(), () => false);
    expect(events[0]).toMatchObject({ type: 'subscribed', venue: 'test-um', symbols });
    expect(marks(events)).toEqual(['subscribed']);
    const expected = Array.from({ length: frames }, (_, i) => {
      const symbol = i % 4 < 2 ? 'AAA-USDT' : 'BBB-USDT';
      return i % 2 === 0 ? `${symbol} trade a${i}` : `${symbol} quote ${i}`;
    });
    expect(keys(events).sort()).toEqual(expected.sort());
  });

  it('loses both sockets when one is lost, says so, comes back, and repeats nothing', async () => {
    // Slow enough that the market outlasts two reconnects on a busy machine.
    await serve({ speed: 0.2 });
    const feed = await feedOf();
    let drops = 0;
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') exchange.play();
      if (event.type === 'tick' && count(all, 'subscribed') > drops && drops < 2) {
        drops += 1;
        exchange.faults.dropAll();
      }
      return drops === 2 && count(all, 'subscribed') === 3 && event.type === 'tick';
    });
    expect(marks(events)).toEqual(['subscribed', 'disconnected', 'subscribed', 'disconnected', 'subscribed']);
    expect(feed.counters.reconnects).toBe(2);
    expect(new Set(keys(events)).size).toBe(keys(events).length);
    expect(events.findLast((event) => event.type === 'disconnected')).toMatchObject({ venue: 'test-um', symbols });
  });

  it('replaces sockets whose trades stall while quotes go on, and says since when trades are missing', async () => {
    await serve();
    const feed = await feedOf({ tradeStallMs: 2_000, stallMs: 60_000 });
    let quotes: NodeJS.Timeout | undefined;
    let u = 0;
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed' && quotes === undefined) {
        exchange.faults.sendRaw(push({ ...trade, T: start + 5 }));
        quotes = setInterval(() => exchange.faults.sendRaw(push({ ...book, u: ++u, T: start + 1_000 + u })), 20);
      }
      return event.type === 'subscribed' && count(all, 'disconnected') === 1;
    });
    clearInterval(quotes);
    const gone = events.find((event) => event.type === 'disconnected');
    expect(gone).toMatchObject({ cause: 'no data for 2 s', since: (start + 5) * 1_000 });
    const before = events
      .slice(0, events.indexOf(gone!))
      .flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
    expect(before.at(-1)!.ts).toBeGreaterThan((start + 1_000) * 1_000);
  });

  it('says that trades are missing from the beginning where none came at all', async () => {
    await serve();
    const feed = await feedOf({ tradeStallMs: 2_000, stallMs: 60_000 });
    let quotes: NodeJS.Timeout | undefined;
    let u = 0;
    const events = await read(feed, (event) => {
      if (event.type === 'subscribed')
        quotes ??= setInterval(() => exchange.faults.sendRaw(push({ ...book, u: ++u, T: start + u })), 20);
      return event.type === 'disconnected';
    });
    clearInterval(quotes);
    expect(events.at(-1)).toMatchObject({ since: (start + 1) * 1_000 });
  });

  it('replaces a connection that is silent on both paths though it answers pings', async () => {
    await serve({ pingMs: 50 });
    const feed = await feedOf({ stallMs: 1_500, tradeStallMs: 1_500 });
    let stalled = false;
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') exchange.play();
      if (event.type === 'tick' && !stalled) {
        stalled = true;
        exchange.faults.stallAll();
      }
      return count(all, 'disconnected') >= 1 && event.type === 'tick';
    });
    expect(events.find((event) => event.type === 'disconnected')).toMatchObject({ cause: 'no data for 1.5 s' });
  });

  it('replaces a connection before the venue ends it for its age, which is a disconnect as well', async () => {
    await serve({ speed: 1 });
    const feed = await feedOf({ maxAgeMs: 2_000 });
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') exchange.play();
      return event.type === 'tick' && count(all, 'subscribed') >= 2;
    });
    // On a busy machine it may be replaced again before its first tick.
    expect(marks(events).slice(0, 3)).toEqual(['subscribed', 'disconnected', 'subscribed']);
    expect(events.find((event) => event.type === 'disconnected')).toMatchObject({ cause: 'replaced at 2 s of age' });
  });

  it('waits for late acknowledgements, and asks again where one never comes', async () => {
    await serve();
    exchange.faults.ackDelayMs = 30;
    exchange.faults.swallowAcks(1);
    const feed = await feedOf({ subscriptions: { spacingMs: 150, ackTimeoutMs: 2_000 } });
    const events = await read(feed, (event) => event.type === 'subscribed');
    expect(events).toMatchObject([{ type: 'subscribed', symbols }]);
    expect(feed.counters.reconnects).toBe(0);
    // The one request for both is unanswered; one for each follows on the same socket, then one on the other.
    expect(feed.counters.frames).toBe(3);
  });

  it('takes data for an acknowledgement', async () => {
    await serve();
    exchange.faults.swallowAcks(2);
    const feed = await feedOf({ symbols: ['AAA-USDT'], subscriptions: { spacingMs: 20, ackTimeoutMs: 60_000 } });
    const pushes = setInterval(() => {
      exchange.faults.sendRaw(push(trade));
      exchange.faults.sendRaw(push(book));
    }, 20);
    const events = await read(feed, (event) => event.type === 'subscribed');
    clearInterval(pushes);
    expect(events.filter(({ type }) => type === 'subscribed')).toMatchObject([{ symbols: ['AAA-USDT'] }]);
  });

  it('gets the others though the venue refuses one symbol, and that one once it is accepted', async () => {
    await serve();
    exchange.faults.rejectSymbol('BBBUSDT');
    const events = await read(await feedOf(), (event) => {
      if (event.type === 'subscribed' && event.symbols.includes('AAA-USDT')) exchange.faults.acceptSymbol('BBBUSDT');
      return event.type === 'subscribed' && event.symbols.includes('BBB-USDT');
    });
    const subscribed = events.flatMap((event) => (event.type === 'subscribed' ? [event.symbols] : []));
    expect(subscribed).toEqual([['AAA-USDT'], ['BBB-USDT']]);
    expect(events.find((event) => event.type === 'rejected' && event.row.symbol === 'BBB-USDT')).toMatchObject({
      row: { reason: 'subscription refused', venue: 'test-um' },
    });
  });

  it('opens each socket once, though a straggler is acknowledged while the next one waits for its turn', async () => {
    await serve();
    exchange.faults.rejectSymbol('BBBUSDT');
    const feed = await feedOf({
      connectSpacingMs: 600,
      subscriptions: { spacingMs: 110, ackTimeoutMs: 100, perRequest: 1 },
    });
    let most = 0;
    const watch = setInterval(() => {
      exchange.faults.acceptSymbol('BBBUSDT');
      most = Math.max(most, exchange.connections());
    }, 250);
    const symbolsOf = (events: MarketEvent[]) => events.flatMap((e) => (e.type === 'subscribed' ? e.symbols : []));
    const events = await read(feed, async (_, all) => {
      if (symbolsOf(all).length < 2) return false;
      // For a socket too many, were there one.
      await new Promise((resolve) => setTimeout(resolve, 700));
      return true;
    });
    clearInterval(watch);
    expect(symbolsOf(events).sort()).toEqual(symbols);
    expect(most).toBe(2);
  });

  it('does not start with a symbol that the venue does not list', async () => {
    await serve();
    await expect(feedOf({ symbols: ['AAA-USDT', 'ZZZ-USDT'] })).rejects.toThrow(/does not list ZZZ-USDT/);
  });

  it('turns malformed frames into rejections and goes on', async () => {
    await serve();
    const feed = await feedOf();
    const corpus = [
      ...[push({ ...trade, p: '0' }), push({ ...trade, p: 'abc' }), push({ ...trade, q: '-1' })],
      ...[push({ ...trade, m: 1 }), push({ ...trade, T: 5 }), push({ ...trade, a: null })],
      ...[push({ ...book, b: '7' }), push({ ...book, u: 'x' })],
    ];
    const events = await read(feed, (event) => {
      if (event.type === 'subscribed') for (const text of [...corpus, push(trade)]) exchange.faults.sendRaw(text);
      return event.type === 'tick';
    });
    const reasons = events.flatMap((event) => (event.type === 'rejected' ? [event.row.reason] : []));
    expect(reasons.sort()).toEqual(
      [
        ...['price is not positive', 'price is not a number', 'size is not positive', 'side is neither buy nor sell'],
        ...['time is out of range', 'trade without an id', 'bid above ask', 'malformed frame'],
      ].sort(),
    );
    expect(count(events, 'disconnected')).toBe(0);
  });

  it('answers the pings of the venue', async () => {
    await serve({ pingMs: 40 });
    let connections = 0;
    const events = await read(await feedOf(), async (event) => {
      // Ten pings: who answers none of three is cut off.
      if (event.type === 'subscribed') await new Promise((resolve) => setTimeout(resolve, 400));
      connections = exchange.connections();
      return true;
    });
    expect(connections).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(['subscribed']);
  });

  it('stays below the venue’s limit of messages at its own pace', async () => {
    await serve();
    for (const name of ['AAAUSDT', 'BBBUSDT']) exchange.faults.rejectSymbol(name);
    const feed = await feedOf({ subscriptions: { ackTimeoutMs: 1, perRequest: 1 } });
    const events = await read(feed, (_, all) => count(all, 'rejected') === 8);
    // Each refused five times at most; the exchange cuts off who sends more than ten messages in a second.
    expect(count(events, 'disconnected')).toBe(0);
  });

  it('refuses rows of another market than expected', async () => {
    await serve({ autoplay: true });
    const feed = await feedOf({ origin: { venue: 'binance-um', kind: 'live' } });
    await expect(read(feed, () => false)).rejects.toThrow(/recording market of test-um/);
    expect(feed.counters.ticks).toBe(0);
  });

  it('spreads symbols over groups of two sockets', async () => {
    await serve();
    const feed = await feedOf({ streamsPerSocket: 1 });
    let most = 0;
    const events = await read(feed, (_, all) => {
      most = Math.max(most, exchange.connections());
      return count(all, 'subscribed') === 2;
    });
    expect(events.flatMap((event) => (event.type === 'subscribed' ? [event.symbols] : [])).sort()).toEqual([
      ['AAA-USDT'],
      ['BBB-USDT'],
    ]);
    expect(most).toBe(4);
  });
});
