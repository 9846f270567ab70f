import { describe, expect, it } from 'vitest';
import { createRandom } from '#models/forest/random.ts';
import { gainPValue } from './bootstrap.ts';

const minute = 60e6;
const times = (bars: number, every = 1) =>
  Float64Array.from({ length: bars * every }, (_, i) => Math.floor(i / every) * minute);

/** A moving sum of `overlap` uniform shocks: the autocorrelation that overlapping labels give to losses. */
function series(seed: number, bars: number, overlap: number, mean: number): Float64Array {
  const random = createRandom(seed, 7);
  const shocks = Float64Array.from({ length: bars + overlap }, () => random.next() / 2 ** 32 - 0.5);
  return Float64Array.from(
    { length: bars },
    (_, i) => mean + shocks.subarray(i, i + overlap).reduce((a, b) => a + b, 0),
  );
}

/** The same test written out: bars copied one by one into each resample. */
function writtenOut(gains: (number | null)[], block: number, resamples: number, seed: number): number {
  const random = createRandom(seed, 0);
  const present = gains.filter((gain) => gain !== null);
  const mean = present.reduce((a, b) => a + b, 0) / present.length;
  let atLeast = 0;
  for (let b = 0; b < resamples; b++) {
    const drawn: (number | null)[] = [];
    while (drawn.length < gains.length) {
      const start = random.below(gains.length);
      for (let i = 0; i < block && drawn.length < gains.length; i++) drawn.push(gains[(start + i) % gains.length]);
    }
    const kept = drawn.filter((gain) => gain !== null).map((gain) => gain - mean);
    if (kept.reduce((a, c) => a + c, 0) / kept.length >= mean) atLeast++;
  }
  return (1 + atLeast) / (1 + resamples);
}

describe('gainPValue', () => {
  it('rejects a true null about as often as it says, although losses are autocorrelated', () => {
    const trials = 400;
    let rejected = 0;
    for (let seed = 0; seed < trials; seed++) {
      const gains = series(seed, 1_200, 5, 0);
      if (gainPValue({ ts: times(1_200), gains, barMicros: minute, horizon: 5, seed, resamples: 199 }).pValue <= 0.05)
        rejected++;
    }
    expect(rejected / trials).toBeGreaterThan(0.015);
    expect(rejected / trials).toBeLessThan(0.11);
  });

  it('finds a real effect, and never one in the wrong direction', () => {
    const run = (mean: number) =>
      gainPValue({ ts: times(1_200), gains: series(3, 1_200, 5, mean), barMicros: minute, horizon: 5, seed: 1 }).pValue;
    expect(run(0.4)).toBe(1 / 10_000);
    expect(run(-0.4)).toBe(1);
  });

  it('equals the test written out bar by bar, with missing bars and a cut last block', () => {
    const all = series(11, 430, 5, 0.1);
    const missing = (bar: number) => bar % 17 === 3 || (bar > 200 && bar < 260);
    const kept = Array.from(all.keys()).filter((bar) => !missing(bar));
    const { pValue, bars, block } = gainPValue({
      ts: Float64Array.from(kept, (bar) => bar * minute),
      gains: Float64Array.from(kept, (bar) => all[bar]),
      barMicros: minute,
      horizon: 7,
      seed: 5,
      resamples: 499,
    });
    expect([bars, block]).toEqual([430, 70]);
    const direct = Array.from(all, (gain, bar) => (missing(bar) ? null : gain));
    expect(pValue).toBe(writtenOut(direct, 70, 499, 5));
  });

  it('counts symbols that move together once', () => {
    const gains = series(4, 600, 5, 0.05);
    const one = gainPValue({ ts: times(600), gains, barMicros: minute, horizon: 5, seed: 9 });
    const ten = gainPValue({
      ts: times(600, 10),
      gains: Float64Array.from({ length: 6_000 }, (_, i) => gains[Math.floor(i / 10)]),
      barMicros: minute,
      horizon: 5,
      seed: 9,
    });
    expect(ten.pValue).toBeCloseTo(one.pValue, 2);
  });

  it('refuses too short a span and losses that are not finite', () => {
    const input = { barMicros: minute, horizon: 5, seed: 1 };
    expect(() => gainPValue({ ts: times(299), gains: new Float64Array(299), ...input })).toThrow(/needs at least 300/);
    const gains = new Float64Array(300).fill(1);
    gains[7] = Number.NaN;
    expect(() => gainPValue({ ts: times(300), gains, ...input })).toThrow(/not finite/);
  });
});
