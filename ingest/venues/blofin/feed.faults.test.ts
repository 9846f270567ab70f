import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import type { MarketFrame } from '#ingest/local_exchange/market.ts';
import { Limiter } from '#ingest/transport/limiter.ts';
import { eventually } from '#lib/testing/eventually.ts';
import { BlofinFeed } from './feed.ts';
import { type LocalExchange, startExchange } from './local/server.ts';
import { simulateMarket } from './local/simulated.ts';
import { BlofinRest } from './rest.ts';

const symbols = ['AAA-USDT', 'BBB-USDT'];
const start = Date.UTC(2026, 0, 5, 12);
let exchange: LocalExchange;

afterEach(() => exchange.close());

/** All that two minutes of a market bring through an exchange with this fault. */
async function through(fault: (exchange: LocalExchange) => void, on: (event: MarketEvent) => void = () => {}) {
  const market = simulateMarket({ symbols, seed: 9, start, historyMinutes: 1, minutes: 2 });
  exchange = await startExchange({ market, speed: Infinity });
  const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
  const feed = new BlofinFeed({
    ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols, origin: await rest.origin() },
    ...{ subscriptions: { spacingMs: 1 }, connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16, throttledMs: 5 },
  });
  fault(exchange);
  const events: MarketEvent[] = [];
  for await (const event of feed) {
    events.push(event);
    on(event);
    if (event.type === 'subscribed') exchange.play();
  }
  const pushes: MarketFrame[] = [];
  for await (const frame of market.frames()) pushes.push(frame);
  const { received, ticks, duplicates, rejected } = feed.counters;
  expect(received).toBe(ticks + duplicates + rejected);
  return { events, counters: feed.counters, pushes };
}

const ticksOf = (events: MarketEvent[]): Tick[] =>
  events.flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
const keyOf = ({ symbol, kind, ts, eventId, price, size }: Tick) => [symbol, kind, ts, eventId, price, size].join(' ');
const keys = (events: MarketEvent[]) => ticksOf(events).map(keyOf);

describe('BlofinFeed before an exchange with faults', () => {
  it.each([
    ['a handshake that comes byte by byte', /the handshake took more than 0.3 s/],
    ['a frame of 50 MB', /Max payload size exceeded/],
  ])('gives up %s, says so, and connects again', async (fault, said) => {
    exchange = await startExchange({
      market: simulateMarket({ symbols, seed: 9, start, historyMinutes: 1 }),
      speed: 1,
    });
    const { faults } = exchange;
    const rest = new BlofinRest({ url: exchange.restUrl, limiter: new Limiter() });
    const lines: string[] = [];
    const feed = new BlofinFeed({
      ...{ wsUrl: exchange.wsUrl, instruments: await rest.instruments(), symbols, origin: await rest.origin() },
      ...{ subscriptions: { spacingMs: 1 }, connectSpacingMs: 1, backoffMinMs: 2, backoffMaxMs: 16, throttledMs: 5 },
      ...{ handshakeTimeoutMs: 300, log: pino({}, { write: (line) => void lines.push(line) }) },
    });
    let subscribed = 0;
    for await (const event of feed) {
      if (event.type !== 'subscribed') continue;
      subscribed += 1;
      if (subscribed > 1) break;
      if (fault.startsWith('a frame')) faults.sendHuge(50e6);
      else {
        faults.handshakeDripMs = 50;
        faults.dropAll();
        void eventually(() => expect(lines.join('')).toMatch(said)).finally(() => {
          faults.handshakeDripMs = 0;
        });
      }
    }
    await feed.close();
    expect(subscribed).toBe(2);
    expect(lines.join('')).toMatch(said);
  });

  it('takes numbers for decimal strings: the same ticks', async () => {
    const plain = await through(() => undefined);
    await exchange.close();
    const numeric = await through(({ faults }) => faults.mangle(1, 'numbers'));
    expect(keys(numeric.events)).toEqual(keys(plain.events));
    expect(keys(plain.events).length).toBe(plain.pushes.length);
  });

  it('drops what comes thrice and out of order, and keeps each tick once', async () => {
    const plain = await through(() => undefined);
    await exchange.close();
    const { events, counters } = await through(({ faults }) => {
      faults.copies = 3;
      faults.reorder(30);
    });
    expect(keys(events)).not.toEqual(keys(plain.events));
    expect(keys(events).sort()).toEqual(keys(plain.events).sort());
    expect(counters.duplicates).toBe(2 * plain.pushes.length);
  });

  it.each([
    ['cut', 'malformed frame'],
    ['html', 'malformed frame'],
    ['empty', 'malformed frame'],
    ['nan', 'price is not a number'],
  ] as const)('refuses every fourth push where it is mangled (%s), and takes the others', async (how, reason) => {
    const { events, pushes, counters } = await through(({ faults }) => faults.mangle(4, how));
    const bad = Math.floor(pushes.length / 4);
    expect(counters).toMatchObject({ rejected: bad, ticks: pushes.length - bad, reconnects: 0 });
    const reasons = events.flatMap((event) => (event.type === 'rejected' ? [event.row.reason] : []));
    expect(new Set(reasons)).toEqual(new Set([reason]));
  });

  it('comes back after handshakes that are answered by web pages and bans', async () => {
    const { events, pushes } = await through(
      ({ faults }) => {
        faults.refuseHandshakes(2, failedAnswers.htmlInstead);
        faults.banHandshakes(60_000, failedAnswers.forbidden);
      },
      // Lifted as soon as it was felt.
      ({ type }) => {
        if (type === 'disconnected') exchange.faults.banHandshakes(0);
      },
    );
    const causes = events.flatMap((event) => (event.type === 'disconnected' ? [event.cause] : []));
    expect(causes[0]).toMatch(/403/);
    expect(causes.slice(-2)).toEqual(Array.from({ length: 2 }, () => 'Unexpected server response: 200'));
    expect(ticksOf(events).length).toBe(pushes.length);
  });
});
