import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MarketEvent, Tick } from '#ingest/feed.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { silent } from '#lib/log.ts';
import { parseInstruments } from './instruments.ts';
import { BinanceProtocol, type Channel } from './protocol.ts';

/** FUZZ_SEED=… repeats a run; fast-check states the seed of one that failed. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const T = Date.UTC(2026, 0, 5, 12);
const receivedAt = T * 1_000;
const perpetual = { contractType: 'PERPETUAL', status: 'TRADING', quoteAsset: 'USDT' };
const listings = [...parseInstruments([{ ...perpetual, symbol: '1000AUSDT', baseAsset: '1000A' }]).values()];
const sound: { [channel in Channel]: { [field: string]: unknown } } = {
  aggTrade: { e: 'aggTrade', s: '1000AUSDT', a: 1, p: '5.10', q: '3', T, m: true },
  trade: { e: 'trade', s: '1000AUSDT', t: 1, p: '5.10', q: '3', T, X: 'MARKET', m: false },
  bookTicker: { e: 'bookTicker', s: '1000AUSDT', u: 1, b: '5.1', B: '2', a: '5.2', A: '4', T },
};

const value = fc.oneof(
  ...[fc.constantFrom('', '0', '-0', '1e400', '1e-400', 'NaN', ' 5', '5.1', '٥', '9'.repeat(60), null, [], {}, true)],
  ...[fc.double(), fc.integer(), fc.string(), fc.nat({ max: 50 }), fc.constantFrom(T, T * 1_000, T / 1_000, T + 1e9)],
);
/** Mostly sound, with some of its fields replaced, taken out or added; or no push at all. */
const push = fc
  .tuple(
    fc.constantFrom<Channel>('aggTrade', 'trade', 'bookTicker'),
    fc.nat({ max: 30 }),
    fc.array(fc.tuple(fc.constantFrom('e', 's', 'a', 't', 'u', 'p', 'q', 'b', 'B', 'A', 'T', 'X', 'm'), value), {
      maxLength: 2,
    }),
  )
  .map(([channel, id, changes]) => {
    const data = { ...sound[channel], [{ aggTrade: 'a', trade: 't', bookTicker: 'u' }[channel]]: id };
    return JSON.stringify({ stream: `1000ausdt@${channel}`, data: { ...data, ...Object.fromEntries(changes) } });
  });
const frame = fc.oneof(
  { weight: 8, arbitrary: push },
  { weight: 1, arbitrary: fc.tuple(push, fc.nat({ max: 200 })).map(([text, at]) => text.slice(0, at)) },
  { weight: 1, arbitrary: fc.json() },
  {
    weight: 1,
    arbitrary: fc
      .record({ result: value, id: value, code: value, msg: value, error: value })
      .map((it) => JSON.stringify(it)),
  },
);

/** Said of a request and not of the market; read anew. */
function isAck(text: string): boolean {
  try {
    const { result, id } = JSON.parse(text);
    return result === null && typeof id === 'number';
  } catch {
    return false;
  }
}

const positive = (x: number | null) => x !== null && Number.isFinite(x) && x > 0;
const notNegative = (x: number | null) => x === null || (Number.isFinite(x) && x >= 0 && !Object.is(x, -0));

/** Whether everything of a tick that passed can be true. */
function possible({ kind, price, size, side, bid, ask, bidSize, askSize, eventId, ts }: Tick): boolean {
  // A number behind an id tells trades apart that share it.
  if (!/^a?\d+(~\d+)?$/.test(eventId) || !Number.isSafeInteger(ts) || ts > receivedAt + 300e6) return false;
  if (kind === 'trade') return positive(price) && positive(size) && side !== null && bid === null && ask === null;
  const sides = [bid, ask].filter((x) => x !== null);
  const uncrossed = bid === null || ask === null || bid <= ask;
  return (
    price === null && sides.length > 0 && sides.every(positive) && uncrossed && [bidSize, askSize].every(notNegative)
  );
}

it('10,000 random frames throw nothing, are counted once each, and let nothing through that cannot be', () => {
  const total = { ticks: 0, duplicates: 0, rejected: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom<Channel>('aggTrade', 'trade', 'bookTicker'),
      fc.array(frame, { minLength: 20, maxLength: 20 }),
      (channel, different) => {
        const frames = [...different, different[0], different[1]];
        const deduplicator = new Deduplicator();
        const timings = { spacingMs: 1, ackTimeoutMs: 1, perRequest: 50 };
        const protocol = new BinanceProtocol(listings, () => channel, { deduplicator, log: silent, timings });
        const events: MarketEvent[] = [];
        for (const raw of frames) {
          protocol.received({
            ...{ origin: { venue: 'binance-um', kind: 'live' }, receivedAt, raw },
            symbols: [],
            kind: null,
            emit: (event) => events.push(event),
          });
        }
        const { received, ticks, duplicates, rejected } = deduplicator.counters;
        expect(received).toBe(frames.filter((text) => !isAck(text)).length);
        expect(ticks + duplicates + rejected).toBe(received);
        expect(events.length).toBe(ticks + rejected);
        for (const event of events) if (event.type === 'tick') expect(event.tick).toSatisfy(possible);
        total.ticks += ticks;
        total.duplicates += duplicates;
        total.rejected += rejected;
      },
    ),
    { seed, numRuns: 500 },
  );
  // A run in which all is refused, or nothing, would show little.
  expect(total.ticks).toBeGreaterThan(500);
  expect(total.duplicates).toBeGreaterThan(50);
  expect(total.rejected).toBeGreaterThan(2_000);
});
