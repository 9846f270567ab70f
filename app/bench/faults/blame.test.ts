import { describe, expect, it } from 'vitest';
import { blamed } from './blame.ts';

const minute = 60_000;
const [first, second] = [
  { begun: 60_000, over: 75_000, next: 80_000, shiftMs: 0 },
  { begun: 80_000, over: 100_000, next: 200_000, shiftMs: 0 },
];
const trade = (ts: number) => ({ ts, side: 'buy' as const, price: 1, size: 1, lots: 1 });
const known = (missing: number[], gaps: [since: number, until: number][] = []) => ({
  market: { tradesOf: () => [] },
  accounts: { missing: () => missing.map(trade) },
  gaps: gaps.map(([since, until]) => ({ symbol: 'A', event: 'healed', since: since * 1_000, until: until * 1_000 })),
});
const bar = (verdict: 'lying' | 'incomplete', at = minute) => ({ symbol: 'A', minute: at, verdict });

describe('the blame for a bar of two faults', () => {
  it('is of that under which the trades were made that it lacks', () => {
    expect(blamed(bar('lying'), [first, second], known([90_000]))).toEqual([second]);
    expect(blamed(bar('lying'), [first, second], known([61_000, 90_000]))).toEqual([first, second]);
  });

  it('is of that which the gap touches, where it is incomplete', () => {
    expect(blamed(bar('incomplete'), [first, second], known([], [[60_500, 79_000]]))).toEqual([first]);
  });

  it('is of all that touch the minute where nothing tells, and of none that does not', () => {
    expect(blamed(bar('lying'), [first, second], known([]))).toEqual([first, second]);
    expect(blamed(bar('lying', 240_000), [first, second], known([]))).toEqual([]);
  });

  it('is also of one whose events were stamped with that minute', () => {
    const shifted = { ...first, shiftMs: 600_000 };
    expect(blamed(bar('lying', 660_000), [shifted, second], known([]))).toEqual([shifted]);
  });
});
