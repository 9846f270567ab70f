import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

describe('Backlog', () => {
  it('says how long the oldest tick has waited, and nothing where none waits', () => {
    const backlog = new Backlog(1_000);
    expect(backlog.read({ ticks: 0, spoolBytes: 0, since: undefined }, 1_000)).toEqual({
      ...{ behind_seconds: 0, ticks_per_second: 0, spool_full_seconds: null },
    });
    expect(backlog.read({ ticks: 5, spoolBytes: 0, since: 1_500 }, 3_000).behind_seconds).toBe(1.5);
  });

  it('says when the spool will be full at the rate of the last half minute', () => {
    const backlog = new Backlog(10_000);
    for (let second = 0; second <= 60; second++) {
      // It grows only from the 40th second on: 100 bytes, and one tick, a second.
      const grown = Math.max(0, second - 40);
      backlog.read({ ticks: grown, spoolBytes: 100 * grown, since: 0 }, second * 1_000);
    }
    const { ticks_per_second, spool_full_seconds } = backlog.read({ ticks: 30, spoolBytes: 3_000, since: 0 }, 70_000);
    expect(ticks_per_second).toBeCloseTo(1, 6);
    expect(spool_full_seconds).toBeCloseTo(70, 6);
  });

  it('does not fill up when it shrinks', () => {
    const backlog = new Backlog(10_000);
    backlog.read({ ticks: 50, spoolBytes: 5_000, since: 0 }, 0);
    const read = backlog.read({ ticks: 10, spoolBytes: 1_000, since: 0 }, 10_000);
    expect(read).toEqual({ behind_seconds: 10, ticks_per_second: -4, spool_full_seconds: null });
  });
});
