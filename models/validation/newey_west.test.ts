import { describe, expect, it } from 'vitest';
import { random } from '#lib/random.ts';
import { neweyWestError, neweyWestLag } from './newey_west.ts';

/** The variance of a mean as the sum over all pairs of values, each weighted by how far apart they are. */
function overAllPairs(values: readonly number[], places: readonly number[], lag: number): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  let sum = 0;
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) {
      const weight = Math.max(0, 1 - Math.abs(places[i] - places[j]) / (lag + 1));
      sum += weight * (a - mean) * (b - mean);
    }
  }
  return Math.sqrt(sum) / values.length;
}

describe('the error of a mean by Newey and West', () => {
  it('is the one worked by hand', () => {
    // Mean 3, distances −2, 0, −1, 3: g0 = 14 / 4, g1 = −3 / 4, so (3.5 − 2 · 0.5 · 0.75) / 4 = 0.6875.
    const values = Float64Array.from([1, 3, 2, 6]);
    expect(neweyWestError(values, [0, 1, 2, 3], 1)).toBeCloseTo(Math.sqrt(0.6875), 14);
    // Without lags it is the deviation / √n.
    expect(neweyWestError(values, [0, 1, 2, 3], 0)).toBeCloseTo(Math.sqrt(3.5 / 4), 14);
    // With a hole before the last no neighbours differ from the mean: g1 = 0.
    expect(neweyWestError(values, [5, 6, 7, 9], 1)).toBeCloseTo(Math.sqrt(3.5 / 4), 14);
    // Apart from each other they are independent.
    expect(neweyWestError(values, [0, 2, 4, 6], 1)).toBeCloseTo(Math.sqrt(3.5 / 4), 14);
  });

  it('is the sum over all pairs, with holes in time', () => {
    const { normal, uniform } = random(3);
    const values = Array.from({ length: 60 }, normal);
    let place = 7;
    const places = values.map(() => (place += 1 + Math.floor(3 * uniform() ** 2)));
    for (const lag of [0, 1, 5, 17, 100])
      expect(neweyWestError(Float64Array.from(values), places, lag)).toBeCloseTo(overAllPairs(values, places, lag), 12);
  });

  it('covers the true mean of an autocorrelated series about as often as it says', () => {
    const [trials, length] = [400, 600];
    let [robust, plain] = [0, 0];
    for (let seed = 0; seed < trials; seed++) {
      const { normal } = random(seed, 11);
      const shocks = Array.from({ length: length + 5 }, normal);
      // What labels of five bars have: each value shares four of its five shocks with the next.
      const values = Float64Array.from({ length }, (_, i) => shocks.slice(i, i + 5).reduce((a, b) => a + b, 0));
      const places = Array.from({ length }, (_, i) => i);
      const mean = values.reduce((a, b) => a + b, 0) / length;
      if (Math.abs(mean) > 1.96 * neweyWestError(values, places, neweyWestLag(length, 10))) robust++;
      if (Math.abs(mean) > 1.96 * neweyWestError(values, places, 0)) plain++;
    }
    expect(robust / trials).toBeLessThan(0.12);
    expect(plain / trials).toBeGreaterThan(0.25);
  });

  it('looks back over the horizon at least, and further the more bars there are', () => {
    expect(neweyWestLag(100, 1)).toBe(4);
    expect(neweyWestLag(1_200, 5)).toBe(6);
    expect(neweyWestLag(20_000, 5)).toBe(12);
    expect(neweyWestLag(20_000, 60)).toBe(60);
  });
});
