import { describe, expect, it } from 'vitest';
import type { Tick } from '#ingest/feed.ts';
import { PlausibilityFilter, plausibilityLimits } from './plausibility.ts';

const t0 = Date.UTC(2026, 0, 5, 12) * 1_000;
const second = 1_000_000;
const day = 86_400 * second;

function tick(ts: number, price: number | null = 100, more: Partial<Tick> = {}): Tick {
  const none = { bid: null, ask: null, bidSize: null, askSize: null, volume24h: null, high24h: null, low24h: null };
  const key = { venue: 'v', symbol: 'A-USDT', source: 'ws', kind: 'trade', eventId: '1' } as const;
  return { ...key, ts, price, size: 1, side: 'buy', ...none, receivedAt: ts, seq: null, ...more };
}

describe('PlausibilityFilter', () => {
  it('lets a live time be late by a minute and ahead by a second, and no more than its bounds', () => {
    const at = (ahead: number) =>
      new PlausibilityFilter().check(tick(t0 + ahead * second, 100, { receivedAt: t0 }), true);
    expect([1.3, -60, 299, -3_599].map(at)).toEqual([null, null, null, null]);
    expect([301, 86_400].map(at)).toEqual(['time is too far ahead', 'time is too far ahead']);
    expect([-3_601, -1e8].map(at)).toEqual(['time is too far behind', 'time is too far behind']);
  });

  it('refuses live times that jump back, for their symbol alone, until the market has come there', () => {
    const filter = new PlausibilityFilter();
    const check = (at: number, ts = at, symbol = 'A-USDT') =>
      filter.check(tick(t0 + ts * second, 100, { symbol, receivedAt: t0 + at * second }), true);
    expect([check(0), check(1, -119), check(2, -598), check(3, -597, 'B-USDT'), check(4)]).toEqual([
      ...[null, null, 'time is too far behind', null, null],
    ]);
    // One that is ahead does not make those after it late ones.
    expect([check(5, 290), check(6), check(7, -110), check(8, -120)]).toEqual([
      null,
      null,
      null,
      'time is too far behind',
    ]);
    // A clock that stays behind is an exchange that is late: its own times count again.
    expect([check(300), check(600, 170), check(630, 200)]).toEqual([null, 'time is too far behind', null]);
  });

  it('lets a stream that is late as a whole be late, whoever’s clock is off', () => {
    const filter = new PlausibilityFilter();
    for (let at = 0; at < 900; at += 30)
      expect(filter.check(tick(t0 + (at - 600) * second, 100, { receivedAt: t0 + at * second }), true)).toBeNull();
  });

  it('takes a recording at its own times, whatever our clock says, and no single event far from the others', () => {
    const filter = new PlausibilityFilter();
    const check = (ts: number) => filter.check(tick(ts, 100, { receivedAt: t0 + 900 * day }), false);
    expect([t0, t0 + 3_600 * second, t0 - 3_600 * second].map(check)).toEqual([null, null, null]);
    expect([t0 + 2 * day, t0, t0 - 2 * day, t0 + 1].map(check)).toEqual([
      ...['time is too far ahead', null, 'time is too far behind', null],
    ]);
  });

  it('follows a recording that goes on at another time, after a few events that agree', () => {
    const filter = new PlausibilityFilter();
    filter.check(tick(t0), false);
    const later = Array.from({ length: 7 }, (_, i) => filter.check(tick(t0 + 30 * day + i), false));
    expect(later.map((reason) => reason === null)).toEqual([false, false, false, false, true, true, true]);
    expect(filter.check(tick(t0), false)).toBe('time is too far behind');
  });

  it('is not moved by events elsewhere that do not agree, nor by any number of them between sound ones', () => {
    const reasons = (...ts: number[]) => {
      const filter = new PlausibilityFilter();
      return ts.map((each) => filter.check(tick(each), false));
    };
    const ahead = 'time is too far ahead';
    const scattered = [2, 4, 6, 8, 10, 12, 14].map((days) => t0 + days * day);
    expect(reasons(t0, ...scattered, t0 + 1)).toEqual([null, ...scattered.map(() => ahead), null]);
    // Four of the year after, then the market goes on a month later: neither is taken for the other.
    const [year, month] = [t0 + 365 * day, t0 + 30 * day];
    expect(reasons(t0, year, year, year, year, month, month, month, month, month, t0)).toEqual([
      ...[null, ...Array(8).fill(ahead), null, 'time is too far behind'],
    ]);
    const between = Array.from({ length: 40 }, (_, i) => (i % 5 === 4 ? t0 + i : year + i));
    expect(reasons(t0, ...between)).toEqual([null, ...between.map((ts) => (ts >= year ? ahead : null))]);
  });

  it('refuses a price far from the last one of its own symbol, until it has lasted a minute', () => {
    const filter = new PlausibilityFilter({ ...plausibilityLimits, maxPriceMultiple: 3 });
    const check = (seconds: number, price: number | null, symbol = 'A-USDT') =>
      filter.check(tick(t0 + seconds * second, price, { symbol }), true);
    expect([check(0, 100), check(1, 299), check(2, 100), check(3, 34), check(4, 100)]).toEqual(Array(5).fill(null));
    expect([check(5, 301), check(6, 33)]).toEqual(Array(2).fill('price is too far from the last'));
    expect([check(7, 5, 'B-USDT'), check(8, null), check(63, 301), check(65, 301)]).toEqual([
      ...[null, null, 'price is too far from the last', null],
    ]);
  });
});
