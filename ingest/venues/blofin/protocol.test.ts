import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import type { Origin } from '#ingest/origin.ts';
import { silent } from '#lib/log.ts';
import { parseInstruments } from './instruments.ts';
import { BlofinProtocol } from './protocol.ts';

const receivedAt = Date.UTC(2026, 0, 5, 12) * 1_000;
const live: Origin = { venue: 'blofin', kind: 'live' };
const listings = [...parseInstruments([{ instId: 'A-USDT', contractValue: '0.1' }]).values()];

function translate(row: object, origin: Origin, deduplicator = new Deduplicator()) {
  const protocol = new BlofinProtocol(listings, deduplicator, silent, { spacingMs: 1, ackTimeoutMs: 1, perRequest: 1 });
  const data = [{ tradeId: '1', price: '5', size: '3', side: 'buy', ts: String(receivedAt / 1_000), ...row }];
  const raw = JSON.stringify({ arg: { channel: 'trades', instId: 'A-USDT' }, data });
  const events: MarketEvent[] = [];
  protocol.received({ origin, receivedAt, raw, symbols: [], kind: null, emit: (event) => events.push(event) });
  return events;
}

describe('BlofinProtocol', () => {
  it('makes a tick in microseconds and base coin, with its provenance', () => {
    const [event] = translate({}, { venue: 'binance-um', kind: 'recording' });
    expect(event).toMatchObject({
      type: 'tick',
      tick: { venue: 'binance-um', source: 'replay', ts: receivedAt, receivedAt, size: 0.3, eventId: '1' },
    });
  });

  it('takes event times ahead of our clock by seconds, which are real, but not by minutes, which would end bars early', () => {
    const ahead = (ms: number) => translate({ ts: String(receivedAt / 1_000 + ms) }, live)[0];
    expect(ahead(1_300).type).toBe('tick');
    expect(ahead(600_000)).toMatchObject({
      type: 'rejected',
      row: { reason: 'time is too far ahead', symbol: 'A-USDT' },
    });
  });

  it('knows a trade by instrument, id and content: an id that comes again with another price is another trade', () => {
    const deduplicator = new Deduplicator();
    const events = [{}, {}, { price: '6' }, { price: '6' }].flatMap((row) => translate(row, live, deduplicator));
    const [first, second] = events.map((event) => (event.type === 'tick' ? event.tick : undefined));
    expect(events.length).toBe(2);
    // Both have the same time, so that the key of the table needs the number.
    expect([first!.eventId, second!.eventId]).toEqual(['1', '1~1']);
    expect(second!.seq).toBe(first!.seq! + 1);
    expect(deduplicator.counters).toMatchObject({ frames: 4, received: 4, ticks: 2, duplicates: 2, reused: 1 });
  });

  it('refuses a price that is a multiple of the last one, until it has persisted for a minute, with its raw frame', () => {
    const deduplicator = new Deduplicator();
    const at = (seconds: number, price: string, tradeId: string) =>
      translate({ price, tradeId, ts: String(receivedAt / 1_000 + seconds * 1_000) }, live, deduplicator)[0];
    expect(at(0, '5', 'a').type).toBe('tick');
    const slip = at(1, '26', 'b');
    expect(slip).toMatchObject({
      type: 'rejected',
      row: { reason: 'price is too far from the last', venue: 'blofin' },
    });
    expect(slip.type === 'rejected' && JSON.parse(slip.row.raw).data[0].price).toBe('26');
    expect(at(2, '0.9', 'c').type).toBe('rejected');
    expect(at(3, '24', 'd').type).toBe('tick');
    expect(at(62, '0.001', 'e').type).toBe('rejected');
    expect(at(64, '0.001', 'f').type).toBe('tick');
    expect(deduplicator.counters).toMatchObject({ received: 6, ticks: 3, rejected: 3 });
  });
});
