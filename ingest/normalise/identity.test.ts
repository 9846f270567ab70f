import { describe, expect, it } from 'vitest';
import { isSameTrade, SeenTrades } from './identity.ts';

const t0 = Date.UTC(2026, 0, 5, 12) * 1_000 + 123_456;
const print = { ts: t0, price: 100, size: 0.3, side: 'buy' };

describe('isSameTrade', () => {
  it('takes one trade at two precisions of time for one, and at two times for two', () => {
    const at = (ts: number) => isSameTrade(print, { ...print, ts }) && isSameTrade({ ...print, ts }, print);
    expect([t0, t0 - 456, t0 - 123_456].map(at)).toEqual([true, true, true]);
    expect([t0 - 455, t0 + 1, t0 - 456 - 1_000, t0 + 544].map(at)).toEqual([false, false, false, false]);
  });

  it('compares price and size but for their rounding, and sides that are known', () => {
    const than = (more: object) => isSameTrade(print, { ...print, ...more });
    expect([{ size: 0.1 + 0.2 }, { side: null }].map(than)).toEqual([true, true]);
    expect([{ size: 0.301 }, { price: 100.1 }, { side: 'sell' }, { price: null }].map(than)).toEqual(
      Array(4).fill(false),
    );
  });
});

describe('SeenTrades', () => {
  const see = (seen: SeenTrades, more: object = {}) => {
    const trade = { ...print, eventId: '7', ...more };
    return [seen.see(trade), trade.eventId];
  };

  it('keeps every trade of a venue that counts anew, and drops what comes again', () => {
    const seen = new SeenTrades(10);
    expect(see(seen)).toEqual(['new', '7']);
    expect(see(seen, { ts: t0 + 60_000_000 })).toEqual(['reused', '7']);
    expect(see(seen)).toEqual(['duplicate', '7']);
    expect(see(seen, { ts: t0 + 60_000_000 })).toEqual(['duplicate', '7']);
  });

  it('tells trades apart that share time and id, which is the key of the table', () => {
    const seen = new SeenTrades(10);
    expect([see(seen), see(seen, { price: 101 }), see(seen, { price: 102 }), see(seen, { price: 101 })]).toEqual([
      ['new', '7'],
      ['reused', '7~1'],
      ['reused', '7~2'],
      ['duplicate', '7'],
    ]);
  });
});
