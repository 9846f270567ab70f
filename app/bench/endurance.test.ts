import { describe, expect, it } from 'vitest';
import { growth } from './endurance.ts';

/** Half an hour, a sample every ten seconds, as the bench takes them. */
const samples = Array.from({ length: 180 }, (_, n) => n / 6);
const growthOf = (mib: (minute: number) => number, minutes = samples) =>
  growth(
    minutes.map((minute) => ({ minute, rss: { supervisor: 1, ingest: mib(minute), worker: 1, questdb: 1, redis: 1 } })),
    'ingest',
  );
/** Garbage that is collected three times in two minutes. */
const garbage = (minute: number) => 30 * ((minute * 1.5) % 1);

describe('the growth of a process', () => {
  it('is none of its start, and none of garbage between two collections', () => {
    expect(growthOf((minute) => (minute < 2 ? 40 * minute : 80) + garbage(minute))).toBeCloseTo(0, 9);
  });

  it('is what it keeps more', () => {
    expect(growthOf((minute) => (minute < 20 ? 60 : 66) + garbage(minute))).toBeCloseTo(6, 9);
    expect(growthOf((minute) => (minute < 20 ? 60 : 54) + garbage(minute))).toBeCloseTo(-6, 9);
  });

  it('is ten minutes of a steady leak, under garbage too', () => {
    expect(growthOf((minute) => 60 + minute)).toBeCloseTo(10, 9);
    const found = growthOf((minute) => 60 + minute + garbage(minute));
    expect(found).toBeGreaterThan(9);
    expect(found).toBeLessThan(11);
  });

  // As measured: a worker stood at 315 MiB all the time and once, for a moment, at 309.
  it.each([12, 24])('is none where memory was given back for a minute, %i minutes after the start', (from) => {
    expect(growthOf((minute) => (minute >= from && minute < from + 1 ? 309 : 315))).toBe(0);
  });

  it.each([12, 24])('is none of a burst of three minutes, %i minutes after the start', (from) => {
    expect(growthOf((minute) => (minute >= from && minute < from + 3 ? 400 : 315))).toBe(0);
  });

  it('is told of a run that is shorter than three minutes as well', () => {
    expect(growthOf((minute) => 60 + 60 * minute, [0, 1 / 6, 2 / 6])).toBeCloseTo(10, 9);
  });

  it('is no number where the process was gone', () => {
    expect(growthOf((minute) => (minute === 29 ? Number.NaN : 60))).toBeNaN();
    expect(growthOf((minute) => (minute === 11 ? Number.NaN : 60))).toBeNaN();
  });
});
