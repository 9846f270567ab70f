import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { BlofinFeed, type BlofinFeedOptions } from './feed.ts';
import { type ExchangeOptions, type LocalExchange, startExchange } from './local/server.ts';
import { simulateMarket } from './local/simulated.ts';
import { BlofinRest } from './rest.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const start = Date.UTC(2026, 0, 5, 12);
/** Everything that waits does so briefly; nothing is asserted about how long. */
const brief = {
  ...{ connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16 },
  subscriptions: { spacingMs: 1, ackTimeoutMs: 50 },
};
let exchange: LocalExchange;

async function serve(options: Partial<ExchangeOptions> = {}, market = {}) {
  const simulated = simulateMarket({ symbols, seed: 3, start, historyMinutes: 2, ...market });
  exchange = await startExchange({ market: simulated, speed: 600, ...options });
}

async function feedOf(options: Partial<BlofinFeedOptions> = {}) {
  const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
  const instruments = await rest.instruments();
  return new BlofinFeed({
    wsUrl: exchange.wsUrl,
    instruments,
    symbols,
    origin: { venue: 'sim', kind: 'simulated' },
    ...brief,
    ...options,
  });
}

/** Reads the feed; `on` may act on each event and closes the feed by returning true. */
async function read(feed: BlofinFeed, on: (event: MarketEvent, events: MarketEvent[]) => unknown) {
  const events: MarketEvent[] = [];
  for await (const event of feed) {
    events.push(event);
    if ((await on(event, events)) === true) await feed.close();
  }
  return events;
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));
const count = (events: MarketEvent[], type: MarketEvent['type']) => events.filter((e) => e.type === type).length;
const tickKeys = (events: MarketEvent[]) =>
  events.flatMap((e) => (e.type === 'tick' && e.tick.kind === 'trade' ? [`${e.tick.symbol} ${e.tick.eventId}`] : []));
const push = (row: object) =>
  JSON.stringify({ arg: { channel: 'trades', instId: 'AAA-USDT' }, data: [{ instId: 'AAA-USDT', ...row }] });
const trade = { tradeId: '1', price: '5', size: '4', side: 'buy', ts: String(start) };

afterEach(() => exchange.close());

describe('BlofinFeed', () => {
  it('says that it is disconnected before it waits, reconnects, and repeats no trade', async () => {
    await serve();
    const feed = await feedOf();
    let drops = 0;
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') exchange.play();
      // Ticks can come before the last acknowledgement: a drop then would cost this connection its `subscribed`.
      const subscribed = count(all, 'subscribed') === drops + 1;
      if (event.type === 'tick' && subscribed && drops < 3 && count(all, 'tick') >= 50 * (drops + 1)) {
        drops += 1;
        exchange.faults.dropAll();
      }
      return drops === 3 && count(all, 'subscribed') === 4 && event.type === 'tick';
    });
    const marks = events.filter((event) => event.type !== 'tick').map((event) => event.type);
    expect(marks).toEqual([
      ...['subscribed', 'disconnected', 'subscribed', 'disconnected', 'subscribed', 'disconnected', 'subscribed'],
    ]);
    expect(events.find((event) => event.type === 'disconnected')).toMatchObject({ venue: 'sim', symbols });
    expect(feed.counters.reconnects).toBe(3);
    const keys = tickKeys(events);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('replaces a connection that answers pings but has no data', async () => {
    await serve();
    const feed = await feedOf({ stallMs: 300, pingMs: 5 });
    let stalled = false;
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') exchange.play();
      if (event.type === 'tick' && !stalled) {
        stalled = true;
        exchange.faults.stallAll();
      }
      return count(all, 'disconnected') >= 1 && event.type === 'tick';
    });
    const gone = events.find((event) => event.type === 'disconnected');
    expect(gone?.type === 'disconnected' && gone.cause).toMatch(/no data for 0.3 s/);
    expect(feed.counters.frames).toBeGreaterThan(feed.counters.ticks);
  });

  it('gets the others though the venue refuses one symbol, and that one once it is accepted', async () => {
    await serve();
    exchange.faults.rejectSymbol('BBB-USDT');
    const feed = await feedOf();
    const events = await read(feed, (event) => {
      if (event.type === 'subscribed' && event.symbols.includes('AAA-USDT')) exchange.faults.acceptSymbol('BBB-USDT');
      return event.type === 'subscribed' && event.symbols.includes('BBB-USDT');
    });
    const subscribed = events.flatMap((event) => (event.type === 'subscribed' ? [event.symbols] : []));
    expect(subscribed).toEqual([['AAA-USDT'], ['BBB-USDT']]);
    const refused = events.find((event) => event.type === 'rejected');
    expect(refused).toMatchObject({ row: { reason: 'subscription refused', symbol: 'BBB-USDT' } });
  });

  it('takes data before acks, and asks again alone where an ack never comes', async () => {
    await serve({ autoplay: true });
    exchange.faults.ackDelayMs = 20;
    exchange.faults.swallowAcks(2);
    const feed = await feedOf();
    const events = await read(feed, (_, all) => count(all, 'subscribed') > 0 && count(all, 'tick') > 0);
    expect(events.filter((event) => event.type === 'subscribed')).toMatchObject([{ symbols }]);
    expect(feed.counters.reconnects).toBe(0);
  });

  it('turns malformed frames into rejections and goes on', async () => {
    await serve();
    const feed = await feedOf();
    const corpus = [
      ...['{', 'null', '{"arg":{}}', push({}), push({ ...trade, price: '0' }), push({ ...trade, price: 'abc' })],
      ...[push({ ...trade, size: '-1' }), push({ ...trade, side: 'none' }), push({ ...trade, ts: '5' })],
      push({ ...trade, tradeId: '2' }).replaceAll('AAA-USDT', 'ZZZ-USDT'),
    ];
    const events = await read(feed, (event) => {
      if (event.type === 'subscribed') for (const text of [...corpus, push(trade)]) exchange.faults.sendRaw(text);
      return event.type === 'tick';
    });
    expect(events.flatMap((event) => (event.type === 'rejected' ? [event.row.reason] : []))).toEqual([
      ...['malformed frame', 'malformed frame', 'malformed frame', 'trade without an id', 'price is not positive'],
      ...['price is not a number', 'size is not positive', 'side is neither buy nor sell', 'time is out of range'],
      'unknown instrument',
    ]);
    expect(count(events, 'tick')).toBe(1);
    expect(count(events, 'disconnected')).toBe(0);
    expect(feed.counters).toMatchObject({ received: 11, ticks: 1, rejected: 10 });
  });

  it('drops repeated trades, also those repeated after a reconnect, and counts them', async () => {
    await serve();
    const feed = await feedOf();
    const events = await read(feed, async (event, all) => {
      if (event.type === 'subscribed') {
        const again = count(all, 'subscribed') > 1;
        for (const tradeId of again ? ['1', '2', '3'] : ['1', '2', '2']) {
          exchange.faults.sendRaw(push({ ...trade, tradeId }));
        }
        if (again) return false;
        while (feed.counters.duplicates < 1) await aTurn();
        exchange.faults.dropAll();
      }
      return event.type === 'tick' && event.tick.eventId === '3';
    });
    expect(tickKeys(events)).toEqual(['AAA-USDT 1', 'AAA-USDT 2', 'AAA-USDT 3']);
    expect(feed.counters.duplicates).toBe(3);
  });

  it('keeps quotes of one millisecond apart', async () => {
    await serve();
    const feed = await feedOf();
    const quote = (ts: number, last: string) =>
      JSON.stringify({ arg: { channel: 'tickers', instId: 'AAA-USDT' }, data: [{ ts: String(ts), last }] });
    const events = await read(feed, (event, all) => {
      if (event.type === 'subscribed') {
        for (const [i, ts] of [start, start, start + 1, start].entries()) exchange.faults.sendRaw(quote(ts, `5.${i}`));
        // The same again tells nothing new.
        exchange.faults.sendRaw(quote(start, '5.1'));
        exchange.faults.sendRaw(quote(start + 2, '6'));
      }
      return count(all, 'tick') === 5;
    });
    expect(feed.counters.duplicates).toBe(1);
    const ids = events.flatMap((event) => (event.type === 'tick' ? [`${event.tick.ts} ${event.tick.eventId}`] : []));
    expect(new Set(ids).size).toBe(5);
  });

  it('keeps a quiet connection open by its pings', async () => {
    await serve({ idleMs: 2_000 });
    const feed = await feedOf({ pingMs: 20 });
    const events = await read(feed, async (event) => {
      if (event.type !== 'subscribed') return false;
      // More than twice the exchange's patience without any data.
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      exchange.faults.sendRaw(push(trade));
      while (feed.counters.ticks === 0) await aTurn();
      return true;
    });
    expect(events.map((event) => event.type)).toEqual(['subscribed', 'tick']);
  });

  it('backs off further while connections bring no data, and starts anew after data', async () => {
    await serve();
    const waits: number[] = [];
    const lines = new Writable({
      write(chunk, _, done) {
        const { wait } = JSON.parse(String(chunk));
        if (wait !== undefined) waits.push(wait);
        done();
      },
    });
    const feed = await feedOf({ log: pino({ level: 'warn' }, lines), backoffMinMs: 20, backoffMaxMs: 10_000 });
    let connections = 0;
    await read(feed, (event) => {
      if (event.type === 'subscribed') {
        connections += 1;
        if (connections === 5) exchange.faults.sendRaw(push(trade));
        else exchange.faults.dropAll();
      }
      if (event.type === 'tick') exchange.faults.dropAll();
      return waits.length === 5;
    });
    // Drawn from the upper half of 20, 40, 80, 160; after data from that of 20 again.
    for (const [i, ceiling] of [20, 40, 80, 160, 20].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(ceiling / 2);
      expect(waits[i]).toBeLessThanOrEqual(ceiling);
    }
  });

  it('outlasts refused handshakes and an exchange that is not there', async () => {
    await serve();
    exchange.faults.refuseHandshakes(2);
    const feed = await feedOf({ throttledMs: 5 });
    const events = await read(feed, (event) => event.type === 'subscribed');
    expect(events.map((event) => event.type)).toEqual(['disconnected', 'disconnected', 'subscribed']);
    expect(events[0]).toMatchObject({ cause: expect.stringMatching(/429/) });
  });

  it('yields what was received before it was closed; closing twice is closing once', async () => {
    await serve();
    const feed = await feedOf();
    let received = 0;
    const events = await read(feed, async (event) => {
      if (event.type === 'subscribed') {
        for (let i = 0; i < 100; i++) exchange.faults.sendRaw(push({ ...trade, tradeId: `t${i}` }));
        while (feed.counters.ticks < 100) await aTurn();
        await Promise.all([feed.close(), feed.close()]);
        received = feed.counters.ticks;
      }
      return false;
    });
    expect(count(events, 'tick')).toBe(received);
    expect(received).toBe(100);
    await feed.close();
  });

  it('ends when its reader leaves, and can be closed before it started', async () => {
    await serve({ autoplay: true });
    const feed = await feedOf();
    for await (const event of feed) if (event.type === 'tick') break;
    await feed.close();
    const never = await feedOf();
    await never.close();
    expect(await read(never, () => false)).toEqual([]);
  });

  it('spreads 72 topics over two sockets, each subscribed for its own symbols', async () => {
    const many = Array.from({ length: 36 }, (_, i) => `S${i}-USDT`);
    await serve({}, { symbols: many });
    const feed = await feedOf({ symbols: many });
    const events = await read(feed, (_, all) => count(all, 'subscribed') === 2);
    const groups = events.flatMap((event) => (event.type === 'subscribed' ? [event.symbols] : []));
    expect(groups.map((group) => group.length)).toEqual([18, 18]);
    expect(new Set(groups.flat()).size).toBe(36);
  });

  it('refuses rows of another market than expected: simulated ones never pass as Blofin’s', async () => {
    await serve({ autoplay: true });
    const feed = await feedOf({ origin: { venue: 'blofin', kind: 'live' } });
    await expect(read(feed, () => false)).rejects.toThrow(/simulated market of sim/);
    expect(feed.counters.ticks).toBe(0);
  });
});
