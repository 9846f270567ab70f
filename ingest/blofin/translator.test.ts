import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '#ingest/feed.ts';
import { parseDecimal } from './decimal.ts';
import { parseMessage } from './messages.ts';
import type { Origin } from './origin.ts';
import { Translator } from './translator.ts';

const receivedAt = Date.UTC(2026, 0, 5, 12) * 1_000;
const live: Origin = { venue: 'blofin', kind: 'live' };

function translate(
  row: object,
  origin: Origin,
  translator = new Translator(new Map([['A-USDT', parseDecimal('0.1')]])),
) {
  const data = [{ tradeId: '1', price: '5', size: '3', side: 'buy', ts: String(receivedAt / 1_000), ...row }];
  const message = parseMessage(JSON.stringify({ arg: { channel: 'trades', instId: 'A-USDT' }, data }));
  if (message.type !== 'trades') throw new Error(message.type);
  const events: MarketEvent[] = [];
  translator.translate(message, origin, receivedAt, (event) => events.push(event));
  return events;
}

describe('Translator', () => {
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
    expect(ahead(600_000)).toMatchObject({ type: 'rejected', reason: 'time is out of range', symbol: 'A-USDT' });
  });

  it('knows a trade by instrument and id, whatever else differs', () => {
    const translator = new Translator(new Map([['A-USDT', parseDecimal('0.1')]]));
    expect(translate({}, live, translator).length).toBe(1);
    expect(translate({ price: '6' }, live, translator).length).toBe(0);
    expect(translator.counters).toMatchObject({ ticks: 1, duplicates: 1 });
  });
});
