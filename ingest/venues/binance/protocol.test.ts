import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import type { Origin } from '#ingest/origin.ts';
import { silent } from '#lib/log.ts';
import { parseInstruments, tradeStreamOf } from './instruments.ts';
import { BinanceProtocol, type Channel } from './protocol.ts';

const receivedAt = Date.UTC(2026, 0, 5, 12) * 1_000;
const T = receivedAt / 1_000;
const live: Origin = { venue: 'binance-um', kind: 'live' };
const perpetual = { contractType: 'PERPETUAL', status: 'TRADING', quoteAsset: 'USDT' };
const rows = [
  { ...perpetual, symbol: 'AUSDT', baseAsset: 'A' },
  { ...perpetual, symbol: '1000PEPEUSDT', baseAsset: '1000PEPE' },
  { ...perpetual, symbol: 'TUSDT', baseAsset: 'T', tradeStream: 'trade' },
  { ...perpetual, symbol: 'GONEUSDT', baseAsset: 'GONE', status: 'SETTLING' },
  { ...perpetual, symbol: 'AUSDT_261225', baseAsset: 'A', contractType: 'CURRENT_QUARTER' },
  { symbol: 'ODD' },
  null,
];
const instruments = parseInstruments(rows);
const listings = [...instruments.values()];

const aggTrade = { e: 'aggTrade', E: T + 1, s: 'AUSDT', a: 7, p: '5.10', q: '3', f: 11, l: 12, T, m: true };
const trade = { e: 'trade', E: T + 1, T, s: 'TUSDT', t: 11, p: '5.10', q: '3', X: 'MARKET', m: false };
const book = { e: 'bookTicker', u: 400, s: 'AUSDT', b: '5.1', B: '2', a: '5.2', A: '4', T, E: T + 1 };

function translate(frames: (object | string)[], channelOf: typeof tradeStreamOf | (() => Channel), origin = live) {
  const deduplicator = new Deduplicator();
  const timings = { spacingMs: 1, ackTimeoutMs: 1, perRequest: 50 };
  const protocol = new BinanceProtocol(listings, channelOf, { deduplicator, log: silent, timings });
  const events: MarketEvent[] = [];
  for (const frame of frames) {
    const raw = typeof frame === 'string' ? frame : JSON.stringify(frame);
    protocol.received({ origin, receivedAt, raw, symbols: [], kind: null, emit: (event) => events.push(event) });
  }
  return { events, counters: deduplicator.counters };
}

const push = (data: { s: string; e: string; [field: string]: unknown }) => ({
  stream: `${data.s.toLowerCase()}@${data.e}`,
  data,
});
const bookTicker = () => 'bookTicker' as const;
const ticks = (events: MarketEvent[]) => events.flatMap((event) => (event.type === 'tick' ? [event.tick] : []));
const reasons = (events: MarketEvent[]) => events.map((event) => event.type === 'rejected' && event.row.reason);

describe('parseInstruments', () => {
  it('lists perpetuals that are traded, by coin, each with the series of trades it is followed by', () => {
    expect(listings.map(({ symbol, instId, power }) => [symbol, instId, power])).toEqual([
      ['A-USDT', 'AUSDT', 0],
      ['PEPE-USDT', '1000PEPEUSDT', 3],
      ['T-USDT', 'TUSDT', 0],
    ]);
    expect(listings.map(tradeStreamOf)).toEqual(['aggTrade', 'aggTrade', 'trade']);
    expect([...parseInstruments(rows, 'trade').values()].map(tradeStreamOf)).toEqual(['trade', 'trade', 'trade']);
  });
});

describe('BinanceProtocol', () => {
  it('makes ticks of both series of trades, whose ids cannot meet; the maker’s side is turned into the taker’s', () => {
    const { events } = translate([push(aggTrade), push(trade)], tradeStreamOf, {
      venue: 'binance-um',
      kind: 'recording',
    });
    const shared = { venue: 'binance-um', source: 'replay', kind: 'trade', ts: receivedAt, price: 5.1, size: 3 };
    expect(ticks(events)).toMatchObject([
      { ...shared, symbol: 'A-USDT', eventId: 'a7', side: 'sell', bid: null },
      { ...shared, symbol: 'T-USDT', eventId: '11', side: 'buy', bid: null },
    ]);
  });

  it('makes a quote without a price: a mid would be nobody’s', () => {
    const { events } = translate([push(book)], bookTicker);
    const sides = { bid: 5.1, ask: 5.2, bidSize: 2, askSize: 4 };
    expect(ticks(events)).toMatchObject([{ kind: 'quote', ts: receivedAt, eventId: '400', price: null, ...sides }]);
  });

  it('takes a side of the book without orders as absent', () => {
    const { events } = translate([push({ ...book, b: '0.00', B: '0.000' })], bookTicker);
    expect(ticks(events)).toMatchObject([{ bid: null, bidSize: 0, ask: 5.2 }]);
  });

  it('states prices for one coin and sizes in coins where the venue lists a thousand', () => {
    const pepe = { ...aggTrade, s: '1000PEPEUSDT', p: '0.0118910', q: '7' };
    const [tick] = ticks(translate([push(pepe)], tradeStreamOf).events);
    expect([tick.symbol, tick.price, tick.size]).toEqual(['PEPE-USDT', 0.000011891, 7_000]);
    const quote = { ...book, s: '1000PEPEUSDT', b: '0.0118900', B: '3', a: '0.0118910', A: '0.5' };
    const [side] = ticks(translate([push(quote)], bookTicker).events);
    expect([side.bid, side.bidSize, side.ask, side.askSize]).toEqual([0.00001189, 3_000, 0.000011891, 500]);
  });

  it('takes numbers for decimal strings and strings for ids', () => {
    const loose = { ...aggTrade, a: '7', p: 5.1, q: 3, T: String(T) };
    expect(ticks(translate([push(loose)], tradeStreamOf).events)).toEqual(
      ticks(translate([push(aggTrade)], tradeStreamOf).events),
    );
    const numbers = { ...book, u: '400', b: 5.1, B: 2, a: 5.2, A: 4 };
    expect(ticks(translate([push(numbers)], bookTicker).events)).toEqual(
      ticks(translate([push(book)], bookTicker).events),
    );
  });

  it('knows trades by symbol, id and content, and quotes by symbol and id', () => {
    const { events, counters } = translate(
      [push(aggTrade), push({ ...aggTrade, p: '6' }), push(aggTrade)],
      tradeStreamOf,
    );
    expect(ticks(events).map((tick) => tick.price)).toEqual([ticks(events)[0].price, 6]);
    expect(counters).toMatchObject({ frames: 3, received: 3, ticks: 2, duplicates: 1, reused: 1 });
    const quotes = translate([push(book), push(book), push({ ...book, u: 401 })], bookTicker);
    expect(ticks(quotes.events).map((tick) => tick.eventId)).toEqual(['400', '401']);
    expect(quotes.counters).toMatchObject({ received: 3, ticks: 2, duplicates: 1 });
  });

  it('refuses what was not traded in the market, and keeps the frame', () => {
    const frames = [
      push({ ...trade, t: 21, X: 'INSURANCE_FUND' }),
      push({ ...trade, t: 22, X: 'ADL' }),
      push({ ...trade, t: 23, X: 'NA', p: '0', q: '0' }),
      push({ ...trade, t: 24, X: null }),
    ];
    const { events, counters } = translate(frames, tradeStreamOf);
    expect(reasons(events)).toEqual(frames.map(() => 'not a market trade'));
    expect(events[2]).toMatchObject({ row: { symbol: 'T-USDT', raw: JSON.stringify(frames[2]) } });
    expect(counters).toMatchObject({ received: 4, ticks: 0, rejected: 4 });
    const { X: _, ...unstated } = trade;
    expect(ticks(translate([push(unstated)], tradeStreamOf).events).length).toBe(1);
  });

  it('refuses a series of trades that was not asked for: both would count every trade twice', () => {
    const { events } = translate([push({ ...trade, s: 'AUSDT' }), push({ ...aggTrade, s: 'TUSDT' })], tradeStreamOf);
    expect(reasons(events)).toEqual(['unknown channel', 'unknown channel']);
    expect(events[0]).toMatchObject({ row: { symbol: 'A-USDT' } });
  });

  it.each<[string, object | string]>([
    ['malformed frame', ''],
    ['malformed frame', '{'],
    ['malformed frame', 'pong'],
    ['malformed frame', 'null'],
    ['malformed frame', '[]'],
    ['malformed frame', '7'],
    ['malformed frame', {}],
    ['malformed frame', { stream: 'ausdt@aggTrade' }],
    ['malformed frame', { stream: 'ausdt@aggTrade', data: [aggTrade] }],
    ['malformed frame', { stream: 5, data: aggTrade }],
    ['malformed frame', { stream: 'ausdt@aggTrade', data: { ...aggTrade, e: 'trade' } }],
    ['malformed frame', { stream: 'ausdt@aggTrade', data: { ...aggTrade, s: 'TUSDT' } }],
    ['malformed frame', { result: null }],
    ['malformed frame', { result: ['ausdt@aggTrade'], id: 3 }],
    ['malformed frame', { code: 2 }],
    ['subscription refused', { code: 2, msg: 'Invalid request' }],
    ['subscription refused', { error: { code: 2, msg: 'Invalid request' }, id: 99 }],
    ['unknown instrument', { stream: 'zzzusdt@aggTrade', data: { ...aggTrade, s: 'ZZZUSDT' } }],
    ['unknown channel', { stream: 'ausdt@depth', data: {} }],
    ['unknown instrument', { stream: '', data: {} }],
    ['trade without an id', push({ ...aggTrade, a: undefined })],
    ['trade without an id', push({ ...aggTrade, a: 1.5 })],
    ['trade without an id', push({ ...aggTrade, a: '' })],
    ['price is not a number', push({ ...aggTrade, p: 'abc' })],
    ['price is not a number', push({ ...aggTrade, p: null })],
    ['price is not a number', push({ ...aggTrade, p: ' 5' })],
    ['price is not positive', push({ ...aggTrade, p: '0' })],
    ['price is not positive', push({ ...aggTrade, p: '-5' })],
    ['size is not a number', push({ ...aggTrade, q: '' })],
    ['size is not a number', push({ ...aggTrade, q: {} })],
    ['size is not positive', push({ ...aggTrade, q: '0.000' })],
    ['side is neither buy nor sell', push({ ...aggTrade, m: 'true' })],
    ['side is neither buy nor sell', push({ ...aggTrade, m: undefined })],
    ['time is not a number', push({ ...aggTrade, T: 'now' })],
    ['time is out of range', push({ ...aggTrade, T: T / 1_000 })],
    ['time is out of range', push({ ...aggTrade, T: T * 1_000 })],
    ['time is too far ahead', push({ ...aggTrade, T: T + 600_000 })],
  ])('refuses as %s: %j', (reason, frame) => {
    const { events, counters } = translate([frame], tradeStreamOf);
    expect(reasons(events)).toEqual([reason]);
    expect(counters).toMatchObject({ frames: 1, received: 1, rejected: 1, ticks: 0 });
  });

  it.each<[string, object]>([
    ['malformed frame', { ...book, u: undefined }],
    ['malformed frame', { ...book, b: '0', B: '0', a: '0', A: '0' }],
    ['price is not a number', { ...book, b: 'x' }],
    ['price is not positive', { ...book, b: '0' }],
    ['price is not positive', { ...book, a: '-1' }],
    ['size is not a number', { ...book, A: null }],
    ['size is not positive', { ...book, B: '-1' }],
    ['bid above ask', { ...book, b: '5.3' }],
    ['time is not a number', { ...book, T: null }],
  ])('refuses a quote as %s: %j', (reason, data) => {
    expect(reasons(translate([push(data as typeof book)], bookTicker).events)).toEqual([reason]);
  });
});
